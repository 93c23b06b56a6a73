"""What can be proven of the container files without a container engine."""

import json
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


def read_compose(text: str) -> dict:
    """The part of YAML that our file keeps to: mappings, lists, one-line arrays, anchors and merges."""
    lines = [
        (len(line) - len(line.lstrip()), line.strip())
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]
    anchors: dict[str, object] = {}

    def block(indent: int) -> object:
        if lines[0][1].startswith("- "):
            items = []
            while lines and lines[0][0] == indent:
                items.append(scalar(lines.pop(0)[1][2:]))
            return items
        mapping: dict[str, object] = {}
        while lines and lines[0][0] == indent:
            key, value = re.fullmatch(r"([\w<.-]+):(?: (.*))?", lines.pop(0)[1]).groups()
            anchor = re.fullmatch(r"&([\w-]+)", value or "")
            has_block = lines and lines[0][0] > indent and (not value or anchor)
            result = block(lines[0][0]) if has_block else scalar(value or "")
            if anchor:
                anchors[anchor[1]] = result
            if key == "<<":
                mapping = dict(result) | mapping
            else:
                assert key not in mapping or "<<" not in mapping
                mapping[key] = result
        return mapping

    def scalar(value: str) -> object:
        if value.startswith("*"):
            return anchors[value[1:]]
        if value.startswith("["):
            return json.loads(value)
        return value.strip('"')

    return block(0)


@pytest.fixture(scope="module")
def services():
    return read_compose((CHECKOUT / "docker-compose.yml").read_text())["services"]


def test_the_stack_has_all_its_parts(services):
    assert set(services) == {
        "database", "broker", "cache", "prepare", "web", "worker-critical", "worker-default", "worker-bulk",
        "beat", "proxy",
    }  # fmt: skip


def test_the_broker_keeps_and_the_cache_forgets(services):
    broker, cache = " ".join(services["broker"]["command"]), " ".join(services["cache"]["command"])
    assert "--maxmemory-policy noeviction" in broker
    assert "--appendonly yes" in broker
    assert services["broker"]["volumes"] == ["broker:/data"]
    assert "--maxmemory-policy allkeys-lru" in cache
    for name in ("web", "beat", "worker-critical", "worker-default", "worker-bulk", "prepare"):
        settings = services[name]["environment"]
        assert (settings["REDIS_URL"], settings["CACHE_URL"]) == (
            "redis://broker:6379/0",
            "redis://cache:6379/0",
        )


def test_everything_that_runs_on_is_watched_and_may_end_its_work(services):
    for name, service in services.items():
        if name == "prepare":
            assert service["restart"] == "no"
            continue
        if name != "web":  # its check is in the image
            assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped"
        if name.startswith(("web", "worker", "beat", "database", "broker")):
            assert service["stop_grace_period"] == "90s", name


def test_each_queue_has_a_worker_of_its_own(services):
    for queue in ("critical", "default", "bulk"):
        command = services[f"worker-{queue}"]["command"]
        assert command[command.index("-Q") + 1] == queue
        assert services[f"worker-{queue}"]["environment"]["QUEUE"] == queue
        assert services[f"worker-{queue}"]["depends_on"]["prepare"] == {
            "condition": "service_completed_successfully"
        }


def test_the_stack_migrates_first_and_seeds_on_demand(services):
    script = services["prepare"]["command"][2]
    assert script.index("migrate") < script.index("collectstatic") < script.index("--seed-only")
    assert services["prepare"]["environment"]["DEMO"] == "${DEMO:-0}"


def test_only_the_proxy_is_open_to_the_network(services):
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


def test_no_password_is_written_down():
    text = (CHECKOUT / "docker-compose.yml").read_text()
    for variable in ("POSTGRES_PASSWORD", "SECRET_KEY"):
        assert f"${{{variable}:?" in text


def test_the_image_has_no_root_and_only_pinned_packages():
    lines = (CHECKOUT / "Dockerfile").read_text().splitlines()
    instructions = [line.split(" ", 1) for line in lines if line and line[0].isupper()]
    assert [name for name, _rest in instructions].count("FROM") == 2
    last_user = [rest for name, rest in instructions if name == "USER"][-1]
    assert last_user == "shopsite"
    assert any("--require-hashes" in rest for name, rest in instructions if name == "RUN")
    command = json.loads(instructions[-1][1])
    assert instructions[-1][0] == "CMD"
    assert command[command.index("--interface") + 1] == "wsgi"


def test_every_setting_is_in_the_example_file():
    read = set()
    for file in (CHECKOUT / "shopsite").rglob("*.py"):
        read |= set(re.findall(r"""\b_?env(?:\.\w+)?\(\s*"([A-Z_]+)\"""", file.read_text()))
        read |= set(re.findall(r"""os\.environ(?:\.get)?[\[(]"([A-Z_]+)\"""", file.read_text()))
    read -= {"DJANGO_SETTINGS_MODULE", "SHOPSITE_EMBEDDED", "PYTEST_XDIST_WORKER"}  # set by programs
    named = set(re.findall(r"^#([A-Z_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))
    assert read - named == set()
