import pytest
from django.test import Client

from tests.agora.factories import make_member, make_open_phase


@pytest.fixture
def phase(tmp_path):
    return make_open_phase(tmp_path)


@pytest.fixture
def member(phase):
    return make_member(phase.competition)


@pytest.fixture
def as_member(client, member):
    client.force_login(member)
    return client


@pytest.fixture
def as_other(phase):
    other = Client()
    other.force_login(make_member(phase.competition))
    return other
