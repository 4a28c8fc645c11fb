# Builds the wheel; nothing else of this stage gets into the image.
FROM python:3.13-slim AS build
WORKDIR /build
COPY constraints-build.txt ./
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement constraints-build.txt
COPY pyproject.toml requirements.txt README.md LICENSE ./
COPY scenarios scenarios
COPY simulator simulator
RUN pip wheel --no-cache-dir --no-build-isolation --no-deps --wheel-dir wheels .

FROM python:3.13-slim
# Calls from the machine a container runs on come from an address of Docker's network, not from a
# loopback one: so the control API answers other machines. Publish the port on loopback only
# (-p 127.0.0.1:8080:8080), or set MOBILEPAY_SIM_CONTROL_TOKEN.
ENV MOBILEPAY_SIM_HOST=0.0.0.0 \
    MOBILEPAY_SIM_PORT=8080 \
    MOBILEPAY_SIM_ALLOW_REMOTE_CONTROL=true \
    MOBILEPAY_SIM_TLS_DIR=/app/tls \
    PYTHONUNBUFFERED=1
WORKDIR /app

# With MOBILEPAY_SIM_TLS=true the CA is made in here, by whichever user the container runs as.
RUN mkdir -m 1777 tls

# The dependencies change seldom: a layer of their own.
COPY constraints.txt ./
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement constraints.txt

COPY --from=build /build/wheels wheels
RUN pip install --no-cache-dir --no-deps wheels/*.whl

# A number, so that a cluster can tell it is not root.
USER 10001:10001
EXPOSE 8080 8443
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; server = http.client.HTTPConnection('127.0.0.1', int(os.environ['MOBILEPAY_SIM_PORT']), timeout=2); server.request('GET', '/_simulator/health'); sys.exit(server.getresponse().status != 200)"]
ENTRYPOINT ["mobilepay-sim"]
CMD ["serve"]
