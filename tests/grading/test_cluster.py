"""The workers of one machine, and what others who are logged in there can do with them.

    pytest tests/grading/test_cluster.py
"""

import gc
import os

import pytest
from distributed import Client
from distributed.protocol import Serialized
from distributed.security import Security

from grading.cluster import cluster, described
from grading.course import UsageError
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


def test_a_file_describes_a_cluster_whose_workers_come_later(tmp_path, mini):
    path = tmp_path / "two.toml"
    path.write_text('class = "distributed.LocalCluster"\nworkers = 2\n[options]\nn_workers = 0\n'
                    'threads_per_worker = 1\nsecurity = true\ndashboard_address = "127.0.0.1:0"\n')
    with cluster(str(path)) as client:
        assert client.scheduler.address.startswith("tls://")
        results = list(run(client, [Task(number, "mini", mini.text, None, Sandbox()) for number in range(3)]))
        assert [result.notes for _, result in results] == [["Nothing was handed in for this assignment."]] * 3
        assert len(client.nthreads()) == 2
        address = client.scheduler.address
    with pytest.raises(OSError):
        Client(address, timeout=1, security=Security.temporary())


@pytest.mark.parametrize(("text", "sentence"), [
    ("workers = 2", "no class is named"),
    ('class = "dask_nowhere.Cluster"', "No module named 'dask_nowhere': install it"),
    ('class = "distributed.NoCluster"', "has no attribute 'NoCluster'"),
    ('class = "LocalCluster"', "Empty module name"),
    ('class = "distributed.SpecCluster"\n[options]\nnumber = 2', "unexpected keyword argument 'number'"),
    ('class = "distributed.LocalCluster"\n[options]\nnumber = 2', "Nanny failed to start"),
    ("class = ", "Invalid value"),
    (None, "No such file"),
])  # fmt: skip
def test_a_description_that_is_wrong_is_refused_in_a_sentence_that_names_the_file(tmp_path, text, sentence):
    path = tmp_path / "bad.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError) as refused, described(str(path)):
        pass
    assert sentence in str(refused.value) and "bad.toml" in str(refused.value)
