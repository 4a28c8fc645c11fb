# Builds the wheel; nothing else of this stage gets into the image.
FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml requirements.txt README.md LICENSE ./
COPY scenarios scenarios
COPY simulator simulator
RUN pip wheel --no-cache-dir --no-deps --wheel-dir wheels .

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
COPY requirements.txt ./
RUN pip install --no-cache-dir --requirement requirements.txt

COPY --from=build /build/wheels wheels
RUN pip install --no-cache-dir --no-deps wheels/*.whl

# A number, so that a cluster can tell it is not root.
USER 10001:10001
EXPOSE 8080 8443
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ['MOBILEPAY_SIM_PORT'] + '/_simulator/health', timeout=2)"]
ENTRYPOINT ["mobilepay-sim"]
CMD ["serve"]
