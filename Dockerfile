# Serves /media on port 5000, as a user who may do nothing but read. docs/deploy.md says how to run it.

FROM python:3.13-slim AS build

WORKDIR /src
RUN python -m venv /opt/aiomedia
# What it depends on comes first, with an empty package: this layer is kept until pyproject.toml changes.
COPY pyproject.toml ./
RUN mkdir aiomedia \
    && touch README.md LICENSE aiomedia/__init__.py \
    && echo '__version__ = "0"' > aiomedia/version.py \
    && /opt/aiomedia/bin/pip install --no-cache-dir --quiet '.[workers]'
COPY README.md LICENSE ./
COPY aiomedia aiomedia
RUN /opt/aiomedia/bin/pip install --no-cache-dir --quiet --no-deps --force-reinstall .

FROM python:3.13-slim

RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin aiomedia
COPY --from=build /opt/aiomedia /opt/aiomedia
# Read from the current directory. Mount another one there to have all keys, or set AIOMEDIA_... variables.
COPY deploy/container.toml /etc/aiomedia/config.toml
WORKDIR /etc/aiomedia
ENV PATH=/opt/aiomedia/bin:$PATH
USER 10001:10001
EXPOSE 5000
# By Python, for there is no curl in a slim image. Not ready is 503, which urlopen raises.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:5000/health/ready', timeout=4)"]
# No shell: SIGTERM reaches the server itself, which then lets downloads finish.
STOPSIGNAL SIGTERM
ENTRYPOINT ["aiomedia"]
CMD ["serve"]
