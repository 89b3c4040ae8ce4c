"""An engine behind TLS and a token, which milvus-lite has not: a gRPC server that has both stands before it."""

import base64
import datetime
import ipaddress
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from index.encoder import load_encoder
from index.errors import EngineDown, SnapshotError
from index.source import Source
from tests.milvus_lite import AWAY, Lite, said

pytestmark = pytest.mark.skipif(bool(AWAY), reason=AWAY)
if not AWAY:
    from index.milvus.store import MilvusStore

TOKEN = "root:se%3Acret"
ENCODER = load_encoder()


class Door(grpc.GenericRpcHandler):
    """Passes calls on to an engine for those who show the token, and to nobody else."""

    def __init__(self, engine: grpc.Channel) -> None:
        self.engine = engine

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """Return what answers a call: bytes in, bytes out."""

        def pass_on(request: bytes, context: grpc.ServicerContext) -> bytes:
            shown = dict(context.invocation_metadata()).get("authorization", "")
            if base64.b64decode(shown) != b"root:se:cret":
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check the token")
            answer: bytes = self.engine.unary_unary(call.method)(request, timeout=60)
            return answer

        return grpc.unary_unary_rpc_method_handler(pass_on)


def certificate() -> tuple[bytes, bytes]:
    """Return a new key and a certificate for this machine, signed by itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    shown = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*shown), made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def door(lite: Lite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The far end of addresses through the door: HOST:PORT/seeds?secure=true&server_pem_path=…"""
    (key, shown), folder = certificate(), tmp_path_factory.mktemp("door")
    (folder / "server.pem").write_bytes(shown)
    with grpc.insecure_channel(f"127.0.0.1:{lite.port}") as engine:
        server = grpc.server(ThreadPoolExecutor(4), handlers=(Door(engine),))
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([(key, shown)]))
        server.start()
        yield f"localhost:{port}/seeds?secure=true&server_name=localhost&server_pem_path={folder / 'server.pem'}"
        server.stop(None).wait()


def test_with_the_token_and_the_certificate_it_answers_as_without(seeds_there: Source, door: str) -> None:
    assert said(MilvusStore.at(f"milvus://{TOKEN}@{door}").open(ENCODER)) == said(seeds_there)


@pytest.mark.parametrize("token", ["", "root:guess3d@", "token-of-n0body@"])
def test_another_token_is_refused_at_once_and_not_shown(seeds_there: Source, door: str, token: str) -> None:
    with pytest.raises(SnapshotError, match=r"does not let us in \(auth check failure") as caught:
        MilvusStore.at(f"milvus://{token}{door}").open(ENCODER)
    assert not isinstance(caught.value, EngineDown)
    assert "guess3d" not in str(caught.value)
    assert "n0body" not in str(caught.value)


def test_without_tls_or_with_another_certificate_nobody_answers(seeds_there: Source, door: str, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(certificate()[1])
    plain, _, certified = door.replace("localhost", "127.0.0.1", 1).partition("?")  # pymilvus shares connections by URI
    other = certified.rpartition("=")[0]
    for address in (f"milvus://{TOKEN}@{plain}", f"milvus://{TOKEN}@{plain}?{other}={tmp_path / 'other.pem'}"):
        with pytest.raises(EngineDown, match="does not answer"):
            MilvusStore.at(address).open(ENCODER)


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"nowhere\.pem"):
        MilvusStore.at(f"milvus://h/seeds?secure=true&server_pem_path={tmp_path / 'nowhere.pem'}").open(ENCODER)
