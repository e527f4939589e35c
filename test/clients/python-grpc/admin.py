"""An administrator's work over gRPC: `admin.py ADDRESS PROTO_FOLDER` makes its stubs and prints what it found as JSON."""

import importlib
import json
import pathlib
import sys
import tempfile

import grpc
from google.protobuf.struct_pb2 import Struct
from grpc_tools import protoc

address, protos = sys.argv[1], pathlib.Path(sys.argv[2])


def make_stubs(folder):
    files = [str(path.relative_to(protos)) for path in protos.rglob("*.proto")]
    # Google's own well-known types come with the package.
    known = str(pathlib.Path(protoc.__file__).parent / "_proto")
    out = [f"--python_out={folder}", f"--grpc_python_out={folder}"]
    if protoc.main(["protoc", f"-I{protos}", f"-I{known}", *out, *files]) != 0:
        raise SystemExit("The stubs cannot be made.")
    sys.path.insert(0, folder)
    # `google` is a package already: what was made is added to it.
    importlib.import_module("google").__path__.append(f"{folder}/google")


def work():
    admin = "tessera.admin.v1"
    pb = importlib.import_module(f"{admin}.client_service_pb2")
    client_pb = importlib.import_module(f"{admin}.client_pb2")
    clients_grpc = importlib.import_module(f"{admin}.client_service_pb2_grpc")
    tokens_pb = importlib.import_module(f"{admin}.token_service_pb2")
    tokens_grpc = importlib.import_module(f"{admin}.token_service_pb2_grpc")
    keys_pb = importlib.import_module(f"{admin}.key_service_pb2")
    keys_grpc = importlib.import_module(f"{admin}.key_service_pb2_grpc")

    with grpc.insecure_channel(address) as channel:
        clients = clients_grpc.ClientServiceStub(channel)
        metadata = Struct()
        metadata.update({"team": "photos"})
        wanted = client_pb.OAuth2Client(
            client_name="A photo printer", grant_types=["client_credentials"], scope="photos.read", metadata=metadata
        )
        made = clients.CreateClient(pb.CreateClientRequest(client=wanted), timeout=10).client
        listed = clients.ListClients(pb.ListClientsRequest(client_name="A photo printer"), timeout=10).clients
        rotated = clients.RotateClientSecret(pb.RotateClientSecretRequest(client_id=made.client_id), timeout=10).client
        token = tokens_pb.IntrospectTokenRequest(token="nobody's")
        inactive = tokens_grpc.TokenServiceStub(channel).IntrospectToken(token, timeout=10)
        key = keys_pb.CreateKeySetRequest(set="printer", alg="ES256", use="sig")
        keys = keys_grpc.KeyServiceStub(channel).CreateKeySet(key, timeout=10).keys
        clients.DeleteClient(pb.DeleteClientRequest(client_id=made.client_id), timeout=10)
        try:
            clients.GetClient(pb.GetClientRequest(client_id=made.client_id), timeout=10)
            gone = "still there"
        except grpc.RpcError as error:
            gone = error.code().name
    return {
        "listed": [one.client_id == made.client_id for one in listed],
        "team": made.metadata["team"],
        "secrets": made.client_secret != rotated.client_secret,
        "active": inactive.active,
        "keys": [[key["kty"], key["alg"]] for key in keys],
        "gone": gone,
    }


with tempfile.TemporaryDirectory() as folder:
    make_stubs(folder)
    print(json.dumps(work()))
