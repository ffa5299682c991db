"""`gunicorn "bench.apps.flasks:application('DIRECTORY')"` serves files with Flask, which lets gunicorn use sendfile."""

from flask import Flask, Response, send_from_directory


def application(root: str) -> Flask:
    def file(name: str) -> Response:
        return send_from_directory(root, name)

    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/<name>", view_func=file)
    return app
