#!/bin/bash
# Starts the app. Lastgood puts its environment in front of this file: LASTGOOD_RELEASE (the fingerprint), LASTGOOD_ARTIFACT_*
# and one LASTGOOD_PARAMETER_* a parameter, each an SSM name with its version.
set -euo pipefail

mkdir -p /srv/app && cd /srv/app
cat > server.py <<'PYTHON'
import http.server, json, os

class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"release": os.environ["LASTGOOD_RELEASE"], "path": self.path}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("", int(os.environ["LASTGOOD_HEALTH_PORT"])), App).serve_forever()
PYTHON
systemd-run --unit=app --uid=nobody --property=Restart=always \
  --setenv=LASTGOOD_RELEASE="${LASTGOOD_RELEASE}" --setenv=LASTGOOD_HEALTH_PORT="${LASTGOOD_HEALTH_PORT}" \
  python3 /srv/app/server.py
