"""The workers of one machine, and what others who are logged in there can do with them.

    pytest tests/grading/test_cluster.py
"""

import gc
import os

import pytest
from distributed import Client
from distributed.protocol import Serialized
from distributed.security import Security

from grading.cluster import cluster
from grading.sandbox import Sandbox
from grading.workers import Task, run

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def workers():
    with cluster() as client:
        yield client


def test_workers_take_orders_from_whoever_has_this_runs_certificate(workers):
    assert workers.run_on_scheduler(os.getpid) == os.getpid()
    with Client(workers.cluster.scheduler_address, security=workers.cluster.security) as another:
        assert another.submit(os.getppid, pure=False).result() != os.getppid()


@pytest.mark.parametrize("security", [None, Security.temporary()], ids=["none", "another one"])
def test_workers_take_no_orders_from_others(workers, security):
    address = workers.cluster.scheduler_address
    with pytest.raises((OSError, TypeError)):
        Client(address if security else address.replace("tls:", "tcp:"), security=security, timeout=2)


def test_the_coordinator_keeps_nothing_of_a_submission_that_is_graded(workers, mini):
    tasks = (Task(number, "mini", mini.text, None, Sandbox()) for number in range(40))
    assert len(list(run(workers, tasks))) == 40
    gc.collect()
    assert sum(issubclass(type(one), Task | Serialized) for one in gc.get_objects()) < 10
