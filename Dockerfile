# Two stages: packages are installed in the first, the second has no build tools and no root.
FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/base.txt /tmp/base.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/base.txt

FROM python:3.11-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /srv/shopsite --shell /usr/sbin/nologin shopsite \
    && mkdir -p /srv/shopsite /srv/var \
    && chown shopsite:shopsite /srv/var
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 SHOPSITE_VAR=/srv/var
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/shopsite
COPY . .
RUN python -m shopsite.messages
USER shopsite
VOLUME /srv/var
EXPOSE 8000
# The first worker to start is ready when /healthz answers; the rest of the stack waits for that.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "1", "--workers-kill-timeout", "30", "shopsite.wsgi:application"]
