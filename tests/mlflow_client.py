"""Every registry call of MLflow's own client against a server; prints one JSON object: call -> value, or {"error": code}."""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

uri, tracking, spec_model = sys.argv[1:4]
client = MlflowClient(tracking_uri=tracking, registry_uri=uri)
mlflow.set_registry_uri(uri)
mlflow.set_tracking_uri(tracking)
said = {"client": mlflow.__version__}


def call(name, ask):
    try:
        said[name] = ask()
    except MlflowException as error:
        said[name] = {"error": error.error_code}


def numbers(versions):
    return [version.version for version in versions]


def pages():
    first = client.search_model_versions("name='Churn pilot'", max_results=1, order_by=["version_number ASC"])
    second = client.search_model_versions(
        "name='Churn pilot'", max_results=1, order_by=["version_number ASC"], page_token=first.token
    )
    return numbers(first) + numbers(second)


call("create", lambda: client.create_registered_model("Churn pilot", tags={"team": "risk"}, description="made").tags)
call("create again", lambda: client.create_registered_model("Churn pilot").name)
call("get", lambda: client.get_registered_model("Churn pilot").description)
call("update", lambda: client.update_registered_model("Churn pilot", "new words").description)
call("set tag", lambda: client.set_registered_model_tag("Churn pilot", "k", "v"))
call("delete tag", lambda: client.delete_registered_model_tag("Churn pilot", "team"))
call("tags", lambda: client.get_registered_model("Churn pilot").tags)
call("version", lambda: client.create_model_version("Churn pilot", "s3://b/1", tags={"a": "b"}, description="first").status)
call("second version", lambda: client.create_model_version("Churn pilot", "s3://b/2").version)
call("get version", lambda: client.get_model_version("Churn pilot", "1").tags)
call("update version", lambda: client.update_model_version("Churn pilot", "1", "better").description)
call("set version tag", lambda: client.set_model_version_tag("Churn pilot", "1", "x", "y"))
call("delete version tag", lambda: client.delete_model_version_tag("Churn pilot", "1", "a"))
call("version tags", lambda: client.get_model_version("Churn pilot", "1").tags)
call("set alias", lambda: client.set_registered_model_alias("Churn pilot", "best", "1"))
call("by alias", lambda: client.get_model_version_by_alias("Churn pilot", "best").version)
call("delete alias", lambda: client.delete_registered_model_alias("Churn pilot", "best"))
call("no alias", lambda: client.get_model_version_by_alias("Churn pilot", "best").version)
call("stage", lambda: client.transition_model_version_stage("Churn pilot", "1", "Production").current_stage)
call("latest", lambda: numbers(client.get_latest_versions("Churn pilot", stages=["None", "Production"])))
call("stages", lambda: client.get_model_version_stages("Churn pilot", "1"))
call("download", lambda: client.get_model_version_download_uri("Churn pilot", "1"))
call("search", lambda: [model.name for model in client.search_registered_models("name ILIKE 'churn%'", order_by=["name ASC"])])
call("search versions", lambda: numbers(client.search_model_versions("name='Churn pilot'", order_by=["version_number DESC"])))
call("pages", pages)
call("bad filter", lambda: numbers(client.search_model_versions("nonsense =")))
call("copy", lambda: client.copy_model_version("models:/Churn pilot/1", "Churn copy").source)
call("register", lambda: mlflow.register_model("s3://b/3", "Registered", await_registration_for=5).version)
call("rename", lambda: client.rename_registered_model("Churn pilot", "Churn"))
call("renamed", lambda: numbers(client.search_model_versions("name='Churn'", order_by=["version_number ASC"])))
call("delete version", lambda: client.delete_model_version("Churn", "2"))
call("delete", lambda: client.delete_registered_model("Churn"))
call("gone", lambda: client.get_registered_model("Churn").name)
call("spec model", lambda: client.get_registered_model(spec_model).name)
call("version of a spec model", lambda: client.create_model_version(spec_model, "s3://b/4").version)
print(json.dumps(said))
