"""The table of other people's HTTP stacks, each with its defaults, and of proxies.

It needs nothing but Python itself: `python3 -m tests.clients.stacks` prints the Debian packages of
what is not on this machine, those of generators of clients and of test frameworks included.
"""

import shlex
from collections.abc import Iterable
from typing import Any

from tests.clients.tools import Stack, Tool, version_of
from tests.examples.tools import FRAMEWORKS
from tests.generated.generators import GENERATORS

__all__ = ["ABSENT", "PROXIES", "STACKS", "THROUGH"]

JAVA = ("-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStorePassword=changeit")


def _java(name: str, program: str, **more: Any) -> Stack:
    return Stack(
        name,
        "java",
        ("javac", "-version"),
        ("default-jdk-headless",),
        build=("javac", "-d", "{out}", "Walk.java", f"{program}.java"),
        run=("java", "{trust}", "-cp", "{out}", program),
        trust=JAVA,
        is_asked=True,
        **more,
    )


def _curl(options: str = "", *, body: str = "data", **more: Any) -> Stack:
    shown = {"stdin": "--data-binary @-", "upload": "-X POST -T -"}.get(body, options)
    return Stack(
        f"curl {shown}".strip(),
        "shell",
        ("curl", "--version"),
        ("curl",),
        run=("bash", "with_curl.sh", body, *shlex.split(options)),
        trust=("CURL_CA_BUNDLE={ca}",),
        keeps=0,
        **more,
    )


def _php(name: str, program: str, setting: str, version: str, **more: Any) -> Stack:
    return Stack(
        name,
        "php",
        ("php", "-r", version),
        ("php-cli", "php-curl"),
        run=("php", "{trust}", program),
        trust=("-d", setting + "={ca}"),
        **more,
    )


def _node(name: str, program: str, *, package: str = "") -> Stack:
    major = "+process.versions.node.split('.')[0] < 20 && process.exit(1); "
    version = "console.log(process.versions.node)"
    if package:
        version = (
            f"console.log(require('./node_modules/{package}/package.json').version,"
            " 'on Node', process.versions.node)"
        )
    return Stack(
        name,
        "node",
        ("node", "-e", major + version),
        () if package else ("nodejs", "npm"),
        f"npm: {package} (`make client-tools`)" if package else "",
        run=("node", program),
        trust=("NODE_EXTRA_CA_CERTS={ca}",),
        # A connection is free a moment after its answer was handed over: the next call takes another.
        keeps=4,
    )


def _python(name: str, program: str, *, package: str = "", **more: Any) -> Stack:
    version = "import platform; print(platform.python_version())"
    if package:
        version = (
            f"import platform, {package} as it; "
            "print(it.__version__, 'on Python', platform.python_version())"
        )
    return Stack(
        name,
        "python",
        ("{python}", "-c", version),
        others=f"PyPI: {package} (`make test` installs it)" if package else "",
        run=("{python}", program),
        **more,
    )


def _mono(name: str, program: str, **more: Any) -> Stack:
    return Stack(
        name,
        "csharp",
        ("bash", "-c", "mono --version && mcs --version && command -v cert-sync"),
        ("mono-mcs", "libmono-system-net-http4.0-cil", "ca-certificates-mono"),
        build=("mcs", "-out:{out}/till.exe", "-r:System.Net.Http", "Walk.cs", f"{program}.cs"),
        run=("mono", "{out}/till.exe"),
        trust=(),
        trust_by=("cert-sync", "--quiet", "--user", "{ca}"),
        # It takes an address for a name, which no certificate has.
        https_host="localhost",
        is_asked=True,
        **more,
    )


STACKS = (
    _java("Java HttpClient", "WithHttpClient", keeps=2, sends="upgrade: h2c"),
    _java("Java HttpURLConnection", "WithUrlConnection", keeps=2, resends=True),
    Stack(
        "C# HttpClient (.NET Core)",
        "csharp",
        ("bash", "-c", "runtime/dotnetcore2/bin/dotnet --list-runtimes && mcs --version"),
        others="PyPI: dotnetcore2 (`make client-tools`); a compiler as for Mono",
        build=("bash", "build_for_core.sh", "{out}/till.dll"),
        run=(
            *("runtime/dotnetcore2/bin/dotnet", "exec"),
            *("--runtimeconfig", "till.runtimeconfig.json", "{out}/till.dll"),
        ),
        is_asked=True,
        without=(("TLS", ".NET Core 3.1 wants OpenSSL 1.1; Debian 12 has 3"),),
    ),
    _mono("C# HttpClient (Mono)", "WithHttpClient"),
    _mono("C# HttpWebRequest (Mono)", "WithHttpWebRequest"),
    Stack(
        "Free Pascal TFPHTTPClient",
        "pascal",
        ("fpc", "-iV"),
        ("fp-compiler", "fp-units-fcl", "fp-units-net", "libssl-dev"),
        build=("fpc", "-v0", "-o{out}/till", "-FU{out}", "till.pas"),
        run=("{out}/till",),
        trust=(),
        keeps=0,
        verifies=False,
    ),
    _php(
        "PHP curl",
        "with_curl.php",
        "curl.cainfo",
        "echo curl_version()['version'], ' on PHP ', PHP_VERSION;",
        resends=True,
    ),
    _php(
        "PHP streams",
        "with_streams.php",
        "openssl.cafile",
        "extension_loaded('openssl') or exit(1); echo PHP_VERSION;",
        keeps=0,
    ),
    Stack(
        "Go net/http",
        "go",
        ("go", "version"),
        ("golang-go",),
        build=("go", "build", "-o", "{out}/till", "till.go"),
        run=("{out}/till",),
    ),
    Stack(
        "Ruby Net::HTTP",
        "ruby",
        ("ruby", "-ropenssl", "-rjson", "-e", "puts RUBY_VERSION"),
        ("ruby",),
        run=("ruby", "till.rb"),
    ),
    Stack(
        "Perl LWP",
        "perl",
        ("perl", "-MLWP::Protocol::https", "-MLWP", "-e", "print LWP->VERSION"),
        ("libwww-perl", "liblwp-protocol-https-perl"),
        run=("perl", "till.pl"),
        trust=("PERL_LWP_SSL_CA_FILE={ca}",),
        is_asked=True,
        keeps=0,
    ),
    _node("Node http", "with-http.mjs"),
    _node("Node fetch", "with-fetch.mjs"),
    _node("axios", "with-axios.mjs", package="axios"),
    _node("got", "with-got.mjs", package="got"),
    _node("undici", "with-undici.mjs", package="undici"),
    _python(
        "Python requests",
        "with_requests.py",
        package="requests",
        trust=("REQUESTS_CA_BUNDLE={ca}",),
    ),
    _python("Python httpx", "with_httpx.py", package="httpx"),
    _python("Python aiohttp", "with_aiohttp.py", package="aiohttp"),
    _python("Python urllib3", "with_urllib3.py", package="urllib3"),
    _python("Python urllib", "with_urllib.py", is_asked=True, keeps=0),
    _curl(),
    _curl("--http2", sends="upgrade: h2c"),
    _curl("--http1.0"),
    _curl(body="upload", sends="transfer-encoding: chunked"),
    _curl("-H 'Expect: 100-continue'", sends="expect: 100-continue"),
    _curl(body="stdin"),
    _curl("--compressed", sends="accept-encoding: *gzip*"),
    Stack(
        "wget",
        "shell",
        ("wget", "--version"),
        ("wget",),
        run=("bash", "with_wget.sh", "{trust}"),
        trust=("--ca-certificate={ca}",),
        is_asked=True,
        keeps=0,
        resends=True,
    ),
)

PROXIES = (
    Tool("HAProxy", ".", ("haproxy", "-v"), ("haproxy",)),
    Tool("nginx", ".", ("nginx", "-v"), ("nginx",)),
)

#: The stacks that also go through a proxy: two that offer an upgrade with every call, and one that
#: asks for nothing.
THROUGH = tuple(
    each for each in STACKS if each.name in ("Java HttpClient", "Python requests", "curl --http2")
)

#: What people use that is not in the matrix, and why.
ABSENT = {
    "Delphi": "is not free; Free Pascal's client stands near to its",
    ".NET 6 and newer": "neither Debian, npm nor PyPI has one that runs; .NET Core 3.1 has the same"
    " `HttpClient` over sockets",
    "PowerShell": "the same; it calls .NET's `HttpClient`",
}


def _missing(tools: Iterable[Tool]) -> list[str]:
    absent = (each.debian for each in tools if version_of(each) is None)
    return sorted({package for packages in absent for package in packages})


if __name__ == "__main__":
    print(*_missing((*STACKS, *PROXIES, *GENERATORS, *FRAMEWORKS)))
