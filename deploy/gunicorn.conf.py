"""How the production server runs: for `gunicorn -c deploy/gunicorn.conf.py lms.wsgi`. Everything else: environment."""

import gc
import multiprocessing
import os

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
workers = int(os.environ.get("WEB_WORKERS", multiprocessing.cpu_count() + 1))
# Connections of browsers and proxies stay open without holding anything. Two threads, so that one page is written
# while another waits for the database; more of them only wait for each other within one process.
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "2"))
keepalive = 30
timeout = 60
graceful_timeout = 20
# A worker is renewed after so many requests, not all at the same moment.
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - heartbeat files, gunicorn's own names
control_socket_disable = True  # nothing but signals steers this server
accesslog = "-" if os.environ.get("ACCESS_LOG") else None
# No address of a visitor, and of the page's address nothing behind the question mark: access codes stand there.
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(B)s %(D)s'
errorlog = "-"
loglevel = os.environ.get("LOG_LEVEL", "info").lower()


def post_worker_init(worker):
    """What was loaded stays for good: the garbage collector need not go through it while somebody waits."""
    gc.collect()
    gc.freeze()
