"""A team of accounts, behind a gateway of its own."""

import hashlib
import json
import os
import queue
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Any, Dict, Iterator, List, Mapping, Optional, Sequence, Type

from ._account import Account, configuration, named
from ._program import VARIABLE, program
from ._words import GatewayError, Words, log

# Seconds. It serves whether or not accounts can be reached; a large store is read first.
STARTS_WITHIN = 60.0
# In good order it ends within `gateway.shutdown`, and puppets that it runs within `host.stop`.
ENDS_WITHIN = 45.0
# Accounts that are added are reached first.
ANSWERS_WITHIN = 60.0
# A gateway that died is started again after this, and twice as long each time that helps nothing.
RESTART_FIRST, RESTART_CAP = 0.5, 30.0
# No gateway reads its configuration for so long: what is older was left by a process that was killed.
READS_WITHIN = 3600.0
# Of the folders that configurations stand in as long as they are read.
PREFIX = "ha-wechaty-run-"

GREETING = re.compile(r"ha-wechaty serves team .* on (\S+) \(plaintext\)")
ADMIN = re.compile(r" status on http://(\S+)/status$")
# Of the environment, what would make other accounts, bots and doors than ours.
NOT_PASSED_ON = re.compile(
    r"HA_WECHATY_(PUPPET|BOT|ACCOUNT|KEY|CONFIG|NAME|SELF_ID|GATEWAY_LISTEN|GATEWAY_TLS|ADMIN|LOG_FORMAT)(_|$)"
)


class Team:
    """A team of accounts that is one bot, for as long as its ``with`` lasts::

        with Team(accounts=[Account(token="insecure_…", endpoint="127.0.0.1:18801"), …]) as team:
            …  # any stock SDK, with team.endpoint and team.token

    The gateway is a child of this process, on the loopback. It ends with it, however that ends; if it dies itself it is started again. With a
    ``name`` what must not be forgotten is kept, in the user's data folder. ``config`` has any other keys of the gateway's configuration, like
    ``{"team.policy": "sticky"}``.
    """

    def __init__(
        self,
        accounts: Sequence[Account],
        *,
        name: Optional[str] = None,
        config: Optional[Mapping[str, Any]] = None,
    ) -> None:
        self._name = name
        self._config = dict(config or {})
        self._accounts: Dict[str, Account] = dict(zip(named(accounts), accounts))
        self._key = f"hawechaty_{secrets.token_hex(20)}"
        self._token = f"insecure_{uuid.uuid4()}"
        # Any that is free at first, and where it was from then on.
        self._port = "0"
        self._endpoint: Optional[str] = None
        self._admin: Optional[str] = None
        self._folder: Optional[str] = None
        self._child: Optional["subprocess.Popen[str]"] = None
        self._words: Optional[Words] = None
        self._lock = threading.RLock()
        # One for each start: whoever keeps an earlier gateway is told for good.
        self._stopping = threading.Event()

    def __enter__(self) -> "Team":
        self.start()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """Where the bot connects, like ``127.0.0.1:40001``: plaintext, which is all that the stock SDK speaks."""
        if self._endpoint is None:
            raise GatewayError("the team is not started")
        return self._endpoint

    @property
    def token(self) -> str:
        """What the bot shows."""
        return self._token

    @property
    def accounts(self) -> List[str]:
        """The accounts' names."""
        return list(self._accounts)

    @property
    def environment(self) -> Dict[str, str]:
        """The same for a bot that reads its environment: a stock one in any language, in another process."""
        return {
            "WECHATY_PUPPET": "wechaty-puppet-service",
            "WECHATY_PUPPET_SERVICE_ENDPOINT": self.endpoint,
            "WECHATY_PUPPET_SERVICE_NO_TLS_INSECURE_CLIENT": "true",
            "WECHATY_PUPPET_SERVICE_TOKEN": self.token,
        }

    def start(self) -> None:
        """Starts the gateway; accounts log in meanwhile and afterwards.

        Raises ``GatewayError`` with the gateway's words, if it can't serve this team.
        """
        with self._lock:
            if self._child is not None:
                return
            if not self._accounts:
                raise GatewayError("the team has no account: name some in accounts")
            self._stopping = threading.Event()
            _sweep()
            self._folder = tempfile.mkdtemp(prefix=PREFIX)
            # It is made when it is written to.
            os.rmdir(self._folder)
            self._open()
            threading.Thread(target=self._keep, args=(self._stopping,), daemon=True, name="ha-wechaty-keeper").start()

    def stop(self) -> None:
        """Ends the gateway, and puppets that it runs; puppet services elsewhere run on, and stay logged in."""
        self._stopping.set()
        with self._lock:
            # Another thread may have started it meanwhile.
            self._stopping.set()
            child, self._child = self._child, None
            self._endpoint = self._admin = None
            if child is not None:
                child.terminate()
                try:
                    child.wait(ENDS_WITHIN)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
                _close(child)

    def add(self, *accounts: Account) -> None:
        """Takes accounts in, also while the team runs; raises ``GatewayError`` and changes nothing if one can't be."""
        with self._lock:
            self._change({**self._accounts, **dict(zip(named(accounts, self.accounts), accounts))})

    def remove(self, *names: str) -> None:
        """Takes accounts out, by their names; their puppet services run on, and bots notice nothing as long as one is left."""
        with self._lock:
            for name in names:
                if name not in self._accounts:
                    raise KeyError(f"no account of the team is called {name}: there are {', '.join(self.accounts)}")
            self._change({name: account for name, account in self._accounts.items() if name not in names})

    def status(self) -> Any:
        """How everything stands, as ``ha-wechaty status --json`` tells it."""
        return self._ask("GET", "/api/v1/status")

    def ready(self, timeout: Optional[float] = None) -> None:
        """Waits until an account is there; raises ``TimeoutError`` with what each one waits for, after so many seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            status = self.status()
            if status["team"]["available"]:
                return
            if until is not None and time.monotonic() > until:
                raise TimeoutError("; ".join(f"{it['name']} is {it['text']}" for it in status["accounts"]))
            time.sleep(0.1)

    def _change(self, accounts: Dict[str, Account]) -> None:
        before, self._accounts = self._accounts, accounts
        if self._child is None:
            return
        try:
            with self._written():
                failed = self._ask("POST", "/api/v1/reload", b"{}")["failed"]
            if failed:
                raise GatewayError("; ".join(f"{it['account']}: {it['why']}" for it in failed))
        except BaseException:
            self._accounts = before
            raise

    @property
    def _file(self) -> str:
        return os.path.join(self._folder or "", "ha-wechaty.toml")

    @contextmanager
    def _written(self) -> Iterator[None]:
        """For as long as the gateway reads it: tokens are in it, and a process that is killed leaves none behind."""
        folder = os.path.dirname(self._file)
        # Whoever else has made such a folder meanwhile is not trusted with it.
        os.mkdir(folder, 0o700)
        try:
            self._write()
            yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _write(self) -> None:
        keys = {
            "name": self._name or "ha-wechaty",
            "gateway.listen": f"127.0.0.1:{self._port}",
            "gateway.tls": "off",
            "admin.listen": "127.0.0.1:0",
            "store.path": None if self._name else "memory",
        }
        key = {"hash": hashlib.sha256(self._key.encode()).hexdigest(), "name": "python", "right": "admin"}
        accounts = [("account", account.table(name)) for name, account in self._accounts.items()]
        text = configuration(keys, self._config, [("bot", {"name": "main", "token": self._token}), ("key", key), *accounts])
        with open(self._file, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text)

    def _open(self) -> None:
        if self._endpoint is not None:
            self._port = self._endpoint.rsplit(":", 1)[1]
        with self._written():
            self._spawn()

    def _spawn(self) -> None:
        environment = {
            name: value for name, value in os.environ.items() if name != VARIABLE and not NOT_PASSED_ON.match(name)
        }
        child = subprocess.Popen(
            [program(), "serve", "--with-parent", "--log-format", "text", "--config", self._file],
            stdin=subprocess.PIPE,  # It ends when this does, and this ends with us.
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # What a terminal sends to this process is for it to understand.
        )
        assert child.stdout is not None and child.stderr is not None
        words = Words(child.stderr)
        said: "queue.Queue[str]" = queue.Queue()
        threading.Thread(target=_pass_on, args=(child.stdout, said), daemon=True).start()
        try:
            greeting = said.get(timeout=STARTS_WITHIN).strip()
        except queue.Empty:
            child.kill()
            child.wait()
            _close(child)
            raise GatewayError(f"the gateway did not serve within {STARTS_WITHIN:.0f} s: {words.last()}") from None
        served = GREETING.match(greeting)
        if served is None:
            if not greeting:
                raise GatewayError(self._why(child, words))
            child.kill()
            child.wait()
            _close(child)
            raise GatewayError(f"this is no gateway of this version; it says: {greeting}")
        self._child, self._words = child, words
        self._endpoint = served.group(1)
        admin = ADMIN.search(greeting)
        self._admin = admin.group(1) if admin else None

    def _why(self, child: "subprocess.Popen[str]", words: Words) -> str:
        code = child.wait()
        if code < 0:
            _close(child)
            return f"the gateway was ended by {signal.Signals(-code).name}"
        # Where something stands in a file that nobody wrote is nothing to go by.
        last = re.sub(r"^:\d+:\d+: ", "", words.last().replace(self._file, ""), flags=re.MULTILINE)
        _close(child)
        return f"the gateway ended ({code}): {last}"

    def _keep(self, stopping: threading.Event) -> None:
        """Starts the gateway again, where it was, if it dies."""
        wait = RESTART_FIRST
        while True:
            with self._lock:
                child, words = self._child, self._words
                if stopping.is_set() or child is None or words is None:
                    return
            child.wait()
            with self._lock:
                if stopping.is_set():
                    return
                log.error("%s", self._why(child, words))
            while not stopping.wait(wait):
                try:
                    with self._lock:
                        if stopping.is_set():
                            return
                        self._open()
                    wait = RESTART_FIRST
                    break
                except Exception as error:  # noqa: BLE001: whatever it is, it is told, and tried again
                    log.error("%s", error)
                    wait = min(2 * wait, RESTART_CAP)

    def _ask(self, method: str, path: str, body: Optional[bytes] = None) -> Any:
        if self._admin is None:
            raise GatewayError("the team is not started" if self._child is None else 'admin.listen is "off", and tells nothing')
        request = urllib.request.Request(f"http://{self._admin}{path}", data=body, method=method)
        request.add_header("Authorization", f"Bearer {self._key}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
        # On this machine no proxy is in the way.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=ANSWERS_WITHIN) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            try:
                problem = json.loads(text)
                text = problem.get("detail") or problem.get("title") or text
            except ValueError:
                pass
            raise GatewayError(text.strip()) from None
        except OSError as error:
            raise GatewayError(f"the gateway does not answer: {error}") from None


def _sweep() -> None:
    """Removes what processes left behind that were killed before their gateway had read it."""
    folder = tempfile.gettempdir()
    for name in os.listdir(folder):
        if not name.startswith(PREFIX):
            continue
        path = os.path.join(folder, name)
        try:
            # Whose it was says nothing: that may be in another container.
            if time.time() - os.stat(path).st_mtime > READS_WITHIN:
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            pass  # Swept up by another process.


def _pass_on(lines: IO[str], to: "queue.Queue[str]") -> None:
    """The first line, or an empty one if there is none; nobody wants the others, which must not fill the pipe."""
    to.put(next(iter(lines), ""))
    for _ in lines:
        pass


def _close(child: "subprocess.Popen[str]") -> None:
    if child.stdin is not None:
        child.stdin.close()
