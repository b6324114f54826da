"""Keep the RO-Crate context where roc-validator looks offline: `crate_context.py CACHE_PATH`.

The validator brings its profiles but fetches the context that a crate names. The package rocrate
brings one, of a later version of the specification, whose terms hold those of the earlier ones.
"""

import io
import json
import sys
from importlib.resources import files

from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from urllib3 import HTTPResponse

CONTEXT = "https://w3id.org/ro/crate/1.1/context"


class Packaged(HTTPAdapter):
    """Answers any request with the context in the package."""

    def send(self, request, **_):
        """The one answer."""
        package = json.loads(files("rocrate").joinpath("data/ro-crate.jsonld").read_text())
        # Version 1.1 has these terms, of a draft then, one level higher.
        terms = json.dumps({"@context": package["@context"]}).replace(
            "https://bioschemas.org/terms/", "https://bioschemas.org/"
        )
        answer = HTTPResponse(
            io.BytesIO(terms.encode()),
            {"Content-Type": "application/ld+json"},
            200,
            preload_content=False,
            request_url=request.url,
        )
        return self.build_response(request, answer)


session = CachedSession(sys.argv[1], backend="sqlite", expire_after=-1, allowable_methods=("GET",))
session.mount("https://", Packaged())
session.get(CONTEXT).raise_for_status()
