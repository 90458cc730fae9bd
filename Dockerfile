# Build stage: the same commands as CI runs (.ci/run): `make setup`, `make install`.
FROM python:3.11-bookworm AS build
ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY . .
RUN make setup PYTHON=python3.11
RUN make install PYTHON=python3.11 PREFIX=/opt/cube-server

# The image: the program in an environment of its own, and nothing that built it.
FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --create-home cube && install -d -o cube /data/warehouse
COPY --from=build /opt/cube-server /opt/cube-server
COPY cubes.json scripts/healthcheck.py /app/
USER cube
WORKDIR /app
VOLUME /data
EXPOSE 8000
# `serve` refuses to bind 0.0.0.0 without a key: by `keys add` in the volume, or CUBE_API_KEY when it starts, never here.
ENV PATH=/opt/cube-server/bin:$PATH PYTHONUNBUFFERED=1 CUBE_HOST=0.0.0.0 CUBE_PORT=8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "/app/healthcheck.py"]
ENTRYPOINT ["cube-server", "serve", "--warehouse", "/data/warehouse", "--model", "/app/cubes.json"]
