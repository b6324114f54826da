"""What every job runs in: logs, progress, provenance, device, GPU."""
