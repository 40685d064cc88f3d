"""phew serves pages; for its log it wants a clock."""

import clock
import desk
import over

clock.install()
nic = over.attached()
from phew import server  # noqa: E402


@server.route("/random/<name>", methods=["GET"])
def named(request, name):
    return "hello " + name + " " + request.query["q"]


@server.route("/form", methods=["POST"])
def form(request):
    return "got " + request.form["answer"], 201, "text/plain"


@server.route("/rows", methods=["GET"])
def rows(request):
    def generate():
        for i in range(100):
            yield "row %d\n" % i

    return generate()


@server.catchall()
def catchall(request):
    return "nothing here", 404


desk.tell(listening=True)
server.run("0.0.0.0", desk.args["port"])
