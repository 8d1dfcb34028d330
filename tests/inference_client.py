"""The Open Inference Protocol by its working group's own clients; prints one JSON object: call -> value, or {"error": name}."""

import json
import sys

import grpc
from open_inference.grpc.protocol import ModelInferRequest, ModelMetadataRequest, ModelReadyRequest, ServerLiveRequest
from open_inference.grpc.protocol import ServerMetadataRequest, ServerReadyRequest
from open_inference.grpc.service import GRPCInferenceServiceStub
from open_inference.openapi.client import OpenInferenceClient
from open_inference.openapi.core.api_error import ApiError
from open_inference.openapi.types import InferenceRequest

url, port, model = sys.argv[1:4]
rest = OpenInferenceClient(base_url=url)
said = {}


def call(name, ask):
    try:
        said[name] = ask()
    except ApiError as error:
        said[name] = {"error": type(error).__name__, "status": error.status_code}
    except grpc.RpcError as error:
        said[name] = {"error": error.code().name}


def outputs(answer):
    return {output.name: list(output.data.__root__ if hasattr(output.data, "__root__") else output.data) for output in answer.outputs}


REQUEST = {
    "inputs": [
        {"name": "amount", "shape": [2], "datatype": "FP64", "data": [12, -5]},
        {"name": "city", "shape": [2], "datatype": "BYTES", "data": ["Oslo", "Lima"]},
        {"name": "isNew", "shape": [2], "datatype": "BOOL", "data": [True, False]},
    ]
}
TENSORS = [
    {"name": "amount", "datatype": "FP64", "shape": [2], "contents": {"fp64_contents": [12, -5]}},
    {"name": "city", "datatype": "BYTES", "shape": [2], "contents": {"bytes_contents": [b"Oslo", b"Lima"]}},
    {"name": "isNew", "datatype": "BOOL", "shape": [2], "contents": {"bool_contents": [True, False]}},
]

call("live", rest.check_server_liveness)
call("ready", rest.check_server_readiness)
call("server", lambda: rest.read_server_metadata().name)
call("model ready", lambda: rest.check_model_readiness(model))
call("no model", lambda: rest.check_model_readiness("nobody"))
call("metadata", lambda: [tensor.name for tensor in rest.read_model_metadata(model).inputs])
call("infer", lambda: outputs(rest.model_infer(model, request=InferenceRequest.parse_obj(REQUEST))))
call("bad infer", lambda: outputs(rest.model_infer(model, request=InferenceRequest.parse_obj({"inputs": [{**REQUEST["inputs"][0], "shape": [3]}]}))))
with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
    stub = GRPCInferenceServiceStub(channel)
    call("grpc live", lambda: stub.ServerLive(ServerLiveRequest()).live)
    call("grpc ready", lambda: stub.ServerReady(ServerReadyRequest()).ready)
    call("grpc server", lambda: stub.ServerMetadata(ServerMetadataRequest()).name)
    call("grpc model ready", lambda: stub.ModelReady(ModelReadyRequest(name=model)).ready)
    call("grpc metadata", lambda: [tensor.name for tensor in stub.ModelMetadata(ModelMetadataRequest(name=model)).inputs])
    call(
        "grpc infer",
        lambda: {
            output.name: list(output.contents.fp64_contents)
            for output in stub.ModelInfer(ModelInferRequest(model_name=model, inputs=TENSORS)).outputs
            if output.contents.fp64_contents
        },
    )
    call("grpc no model", lambda: stub.ModelMetadata(ModelMetadataRequest(name="nobody")).name)
print(json.dumps(said))
