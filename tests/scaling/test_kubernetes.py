"""`examples/kubernetes`: what belongs together fits together, and its proxy works."""

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator
from mobilepay_simulator.settings.settings import settings_table

from tests.packaging.dockerfile import read_dockerfile
from tests.scaling.fleet import CONFIG, HAPROXY, Fleet, fleet
from tests.support import ROOT, Till

FOLDER = ROOT / "examples" / "kubernetes"
SCHEMA = json.loads((ROOT / ".ci" / "kubernetes.schema.json").read_text(encoding="utf-8"))
OBJECTS: dict[str, Any] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yaml")
}
SIMULATORS, PROXY = OBJECTS["simulators"], OBJECTS["proxy"]
PODS = {name: OBJECTS[name]["spec"]["template"]["spec"] for name in ("simulators", "proxy")}
SIMULATOR = PODS["simulators"]["containers"][0]
ENV = {each["name"]: each["value"] for each in SIMULATOR["env"]}
CONFIGURATION: str = OBJECTS["proxy-config"]["data"]["haproxy.cfg"]
DOCKERFILE = read_dockerfile(ROOT / "Dockerfile")


def mistakes(manifest: Any) -> list[str]:
    return [each.message for each in Draft202012Validator(SCHEMA).iter_errors(manifest)]


@pytest.mark.parametrize("name", OBJECTS)
def test_a_manifest_fits_the_schema_of_kubernetes(name: str) -> None:
    assert mistakes(OBJECTS[name]) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("replicas", "four"), ("podManagmentPolicy", "Parallel"), ("serviceName", None)],
)
def test_a_mistake_in_a_manifest_is_found(field: str, value: object) -> None:
    wrong = copy.deepcopy(SIMULATORS)
    wrong["spec"][field] = [value]
    assert any(field in each or "four" in each or "is not" in each for each in mistakes(wrong))


@pytest.mark.parametrize(
    ("service", "pods"), [("simulators-service", "simulators"), ("proxy-service", "proxy")]
)
def test_a_service_leads_to_the_pods_it_is_for(service: str, pods: str) -> None:
    spec, workload = OBJECTS[service]["spec"], OBJECTS[pods]["spec"]
    labels = workload["template"]["metadata"]["labels"]
    assert spec["selector"] == labels == workload["selector"]["matchLabels"]
    (port,) = spec["ports"]
    (container,) = PODS[pods]["containers"]
    assert port["targetPort"] in [each["name"] for each in container["ports"]]


def test_the_simulators_have_names_and_the_proxy_knows_each_in_order() -> None:
    spec, service = SIMULATORS["spec"], OBJECTS["simulators-service"]
    assert spec["serviceName"] == service["metadata"]["name"]
    assert service["spec"]["clusterIP"] == "None"
    name = SIMULATORS["metadata"]["name"]
    (port,) = (each["containerPort"] for each in SIMULATOR["ports"])
    found = re.findall(r'^ +server (\S+) "([^"]+)"', CONFIGURATION, re.MULTILINE)
    assert found == [
        (
            f"{name}-{number}",
            f"{name}-{number}.{spec['serviceName']}.${{NAMESPACE}}.svc.cluster.local:{port}",
        )
        for number in range(spec["replicas"])
    ]


def test_the_proxy_goes_by_what_it_goes_by_in_compose() -> None:
    def rules(text: str) -> str:
        return text.partition("defaults\n")[2].partition("    # One line for")[0]

    compose = CONFIG.read_text(encoding="utf-8").partition("    server-template")[0]
    assert rules(CONFIGURATION) == rules(compose)
    assert len(rules(compose)) > 500


def test_what_the_proxy_is_told_by_variables_is_given() -> None:
    given = {each["name"] for each in PODS["proxy"]["containers"][0]["env"]}
    assert given == set(re.findall(r"\$\{(\w+)\}", CONFIGURATION))


def test_its_configuration_is_where_the_image_of_haproxy_looks_for_it() -> None:
    (mount,) = PODS["proxy"]["containers"][0]["volumeMounts"]
    (volume,) = PODS["proxy"]["volumes"]
    assert mount["name"] == volume["name"]
    assert volume["configMap"]["name"] == OBJECTS["proxy-config"]["metadata"]["name"]
    assert mount["mountPath"] == "/usr/local/etc/haproxy"


def test_the_variables_of_the_simulators_are_settings_and_no_service_makes_others() -> None:
    assert set(ENV) <= {each.variable for each in settings_table()}
    assert [pod["enableServiceLinks"] for pod in PODS.values()] == [False, False]


def test_clients_find_the_simulators_where_tokens_say() -> None:
    service = OBJECTS["proxy-service"]
    (port,) = service["spec"]["ports"]
    assert ENV["MOBILEPAY_SIM_PUBLIC_URL"] == f"http://{service['metadata']['name']}:{port['port']}"


def test_the_key_is_mounted_where_the_setting_says_for_the_user_of_the_image() -> None:
    (mount,) = SIMULATOR["volumeMounts"]
    assert str(Path(ENV["MOBILEPAY_SIM_SIGNING_KEY"]).parent) == mount["mountPath"]
    (user,) = (each.rest for each in DOCKERFILE if each.word == "USER")
    assert user == f"10001:{PODS['simulators']['securityContext']['fsGroup']}"
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    (volume,) = PODS["simulators"]["volumes"]
    secret = volume["secret"]["secretName"]
    file = Path(ENV["MOBILEPAY_SIM_SIGNING_KEY"]).name
    assert f"kubectl create secret generic {secret} --from-file={file}" in readme


# --- the proxy, and simulators with these variables -----------------------------------------------


@pytest.fixture(scope="module")
def ships() -> Iterator[Fleet]:
    if HAPROXY is None:
        pytest.skip("haproxy is not installed")
    env = {name: value for name, value in ENV.items() if name != "MOBILEPAY_SIM_SIGNING_KEY"}
    count = SIMULATORS["spec"]["replicas"]
    with fleet(count, configuration=CONFIGURATION, env=env) as running:
        yield running


def test_every_sandbox_lives_in_one_simulator(ships: Fleet) -> None:
    names = [f"pod-{number}" for number in range(12)]
    for name in names:
        with httpx.Client(base_url=f"{ships.url}/sandboxes/{name}") as http:
            Till(http).captured()
    homes = [
        {each["name"] for each in httpx.get(f"{it.url}/_simulator/sandboxes").json()["sandboxes"]}
        for it in ships.servers
    ]
    for name in names:
        assert sum(name in home for home in homes) == 1
    assert sum(bool(home & set(names)) for home in homes) > 1


@pytest.mark.parametrize("host", ["mobilepay:8080", "mobilepay.shop.svc.cluster.local:8080"])
def test_the_control_api_takes_calls_by_the_names_of_the_cluster(ships: Fleet, host: str) -> None:
    answer = httpx.get(f"{ships.url}/_simulator/clock", headers={"Host": host})
    assert answer.status_code == 200
