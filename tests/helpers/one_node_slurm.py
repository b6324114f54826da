"""A real SLURM of one node on this machine: munged, slurmctld, slurmd, in a folder of their own."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("munge", "slurm-wlm")
_NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel")
# Jobs find their SLURM here alone: the executor plugin takes SLURM_CONF out of their environment.
_PLACE = Path("/etc/slurm")
_FILES = ("slurm.conf", "gres.conf")
# More than most machines have, so that the profile stands as it is; --jobs holds Snakemake back.
_CPUS, _MEMORY, _GPUS = 8, 64_000, 4
_CONF = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
# Neither cgroups nor systemd.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
# A job that takes more memory than it asked for is killed, as on a cluster; looked at each second.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
MinJobAge=86400
# One line per finished job.
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed
ReturnToService=2
EnforcePartLimits=ALL
KillWait=2
MailProg=/bin/true
SlurmdParameters=config_overrides
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=one Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class NoSlurmError(Exception):
    """Why SLURM cannot be started here."""


@dataclass(frozen=True)
class Cluster:
    """A running SLURM: its folder, and the environment that its commands and Snakemake need."""

    folder: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> str:
        """What a SLURM command prints."""
        done = subprocess.run(
            arguments, env=self.environment, capture_output=True, text=True, timeout=30
        )
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def queue(self) -> list[dict[str, str]]:
        """Jobs that wait or run: id, state, and the rule that Snakemake names in the comment."""
        lines = self.command("squeue", "-h", "-t", "PD,R,CG", "-o", "%A|%T|%k").splitlines()
        return [dict(zip(("id", "state", "rule"), line.split("|"), strict=True)) for line in lines]

    def completed(self) -> list[dict[str, str]]:
        """The completion log, a record per job that ended.

        With what the controller still knows of it: `Comment` (the rule or group), `TresPerJob`.
        """
        path = self.folder / "completed"
        lines = path.read_text().splitlines() if path.exists() else []
        known = self.command("scontrol", "-o", "show", "jobs").splitlines()
        more = {job["JobId"]: job for job in map(_words, known) if "JobId" in job}
        return [more.get(job["JobId"], {}) | job for job in map(_words, lines)]


def install() -> None:
    """Have the packages from Debian; raises `NoSlurmError` with the reason where that cannot be."""
    if all(shutil.which(name) for name in _NEEDED):
        return
    if os.environ.get("MODGAP_INSTALL_SLURM") != "1":
        raise NoSlurmError("SLURM is not installed (MODGAP_INSTALL_SLURM=1 installs it with apt)")
    if os.getuid() != 0 or not shutil.which("apt-get"):
        raise NoSlurmError("SLURM is not installed, and installing it takes root and apt-get")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *PACKAGES]):
        try:
            done = subprocess.run(
                ["apt-get", *command], env=environment, capture_output=True, text=True, timeout=300
            )
        except subprocess.TimeoutExpired as error:
            raise NoSlurmError(f"apt-get {command[0]} took more than 300 s") from error
    if done.returncode != 0:
        raise NoSlurmError(f"apt-get install failed: {done.stderr.strip()[-300:]}")


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """SLURM in `folder` until the block ends; raises `NoSlurmError` where it cannot be had."""
    install()
    if os.getuid() != 0:
        raise NoSlurmError("the daemons of SLURM run as root")
    # A link to a SLURM that does not answer is one of ours that a killed run left.
    given = _PLACE / "slurm.conf"
    if given.exists() and not (given.is_symlink() and not _answers()):
        raise NoSlurmError(f"this machine has a SLURM of its own ({_PLACE}/slurm.conf)")
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    host = socket.gethostname().partition(".")[0]
    # In use by nobody now; nobody else starts servers in the second that this takes.
    controller, daemon = _free_ports(2)
    settings = {"folder": folder, "host": host, "controller": controller, "daemon": daemon}
    settings |= {"cpus": _CPUS, "memory": _MEMORY, "gpus": _GPUS}
    (folder / "slurm.conf").write_text(_CONF.format(**settings))
    # Pretended GPUs: SLURM counts device files and hands out their numbers.
    for number in range(_GPUS):
        (folder / f"gpu{number}").symlink_to("/dev/null")
    (folder / "gres.conf").write_text(f"Name=gpu File={folder}/gpu[0-{_GPUS - 1}]\n")
    key = folder / "munge.key"
    key.write_bytes(os.urandom(256))
    key.chmod(0o400)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SLURM")
    }
    cluster = Cluster(folder, environment)
    daemons: list[subprocess.Popen] = []
    # Told to end, for taking too long say, the tests still clean up behind them.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    places = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log"}
    munged = [f"--{option}={folder}/munge.{name}" for option, name in places.items()]
    munged.append(f"--seed-file={folder}/munge.seed")
    _PLACE.mkdir(exist_ok=True)
    try:
        for name in _FILES:
            (_PLACE / name).unlink(missing_ok=True)
            (_PLACE / name).symlink_to(folder / name)
        for command in (
            # The folder for temporary files may be written to by others: --force.
            ["munged", "--foreground", "--force", *munged],
            ["slurmctld", "-D"],
            ["slurmd", "-D"],
        ):
            output = (folder / f"{command[0]}.out").open("w")
            daemons.append(subprocess.Popen(command, env=environment, stdout=output, stderr=output))
            if command[0] == "munged":
                _wait(lambda: (folder / "munge.socket").exists(), daemons, folder)
        _wait(lambda: "idle" in cluster.command("sinfo", "-h", "-o", "%T"), daemons, folder)
        yield cluster
    finally:
        _stop(cluster, daemons)
        for name in _FILES:
            (_PLACE / name).unlink(missing_ok=True)
        signal.signal(signal.SIGTERM, before)


def _answers() -> bool:
    return subprocess.run(["scontrol", "ping"], capture_output=True, timeout=60).returncode == 0


def _words(line: str) -> dict[str, str]:
    return dict(word.split("=", 1) for word in line.split() if "=" in word)


def _free_ports(count: int) -> list[int]:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


def _wait(ready: Callable[[], bool], daemons: list[subprocess.Popen], folder: Path) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        try:
            if ready():
                return
        except (RuntimeError, subprocess.TimeoutExpired):
            pass
        if any(daemon.poll() is not None for daemon in daemons):
            break
        time.sleep(0.2)
    ended = [daemon for daemon in daemons if daemon.poll() is not None]
    name = (ended or daemons)[-1].args[3]
    said = (folder / f"{name}.out").read_text().strip().splitlines()[-3:]
    raise NoSlurmError(f"{name} does not start: {' / '.join(said) or 'no answer in 40 s'}")


def _stop(cluster: Cluster, daemons: list[subprocess.Popen]) -> None:
    """Cancel what runs and end the daemons, the last one started first."""
    if len(daemons) == 3 and daemons[1].poll() is None:
        try:
            cluster.command("scancel", "--signal=KILL", "--user=root", "--full")
            until = time.monotonic() + 10
            while cluster.queue() and time.monotonic() < until:
                time.sleep(0.3)
        except (RuntimeError, subprocess.TimeoutExpired):
            pass
    for daemon in reversed(daemons):
        daemon.terminate()
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
