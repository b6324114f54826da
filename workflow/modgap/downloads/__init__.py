"""Files from outside: one downloader for web addresses, the hub, archives and packages."""
