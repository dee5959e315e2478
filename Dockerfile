# docker build -t posecheck . && docker run --rm -v "$PWD:/data:ro" posecheck validate .
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY rules rules
COPY src src
RUN python -m venv /opt/posecheck \
    && /opt/posecheck/bin/python -m pip install --no-cache-dir . \
    && find /opt/posecheck -name __pycache__ -prune -exec rm -rf {} +

FROM python:3.12-slim
# The gate compares with what git holds.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 posecheck \
    # A mounted folder belongs to somebody else, and git refuses such a repository by default.
    && git config --system safe.directory '*'
COPY --from=build /opt/posecheck /opt/posecheck
ENV PATH=/opt/posecheck/bin:$PATH DANDI_NO_ET=1
USER 1000
WORKDIR /data
ENTRYPOINT ["posecheck"]
CMD ["--help"]
