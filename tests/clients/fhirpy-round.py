"""A round with fhirpy: what its users write every day, against the running gateway."""

import os
import sys
import time

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome, ResourceNotFound

BASE = os.environ["ZORGTOLK_FHIR"]
SYSTEM = "https://xis.example/fhirpy"
RUN = f"{time.time_ns():x}"

AUTHORIZATION = f"Bearer {os.environ['ZORGTOLK_TOKEN']}"

client = SyncFHIRClient(BASE, authorization=AUTHORIZATION)


def done(name):
    print(f"ok    {name}", file=sys.stderr)


def person(number, birth_date):
    return client.resource(
        "Patient",
        identifier=[{"system": SYSTEM, "value": f"{RUN}-{number}"}],
        name=[{"family": "Testpersoon", "given": [f"T{number}"]}],
        birthDate=birth_date,
    )


def known(number):
    return client.resources("Patient").search(identifier=f"{SYSTEM}|{RUN}-{number}")


people = [person(n, f"19{70 + n}-03-01") for n in range(5)]
for one in people:
    one.save()
    assert one["meta"]["versionId"] == "1", one
done("save makes a resource")

one = people[0]
one["active"] = True
one.save()
assert one["meta"]["versionId"] == "2"
done("save again is an update")

# Its own patch() sends neither of FHIR's patch languages, so the words of FHIRPath Patch are spelt out.
gender = [
    {"name": "type", "valueCode": "add"},
    {"name": "path", "valueString": "Patient"},
    {"name": "name", "valueString": "gender"},
    {"name": "value", "valueCode": "female"},
]
patch = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": gender}]}
client.execute(f"Patient/{one.id}", method="patch", data=patch)
assert client.reference("Patient", one.id).to_resource()["gender"] == "female"
done("FHIRPath Patch")

versions = client.execute(f"Patient/{one.id}/_history", method="get")["entry"]
assert [entry["resource"]["meta"]["versionId"] for entry in versions] == ["3", "2", "1"]
done("history")

# count() sends a parameter of Aidbox along. It is refused unless the asker says that it may be left out.
lenient = SyncFHIRClient(BASE, authorization=AUTHORIZATION, extra_headers={"Prefer": "handling=lenient"})
assert lenient.resources("Patient").search(identifier=f"{SYSTEM}|{RUN}-3").count() == 1
assert known(3).first()["birthDate"] == "1973-03-01"
assert known(99).first() is None
try:
    client.resources("Patient").search(name="testpersoon", identifier=f"{SYSTEM}|").get()
    raise AssertionError("more than one was expected")
except MultipleResourcesFound:
    pass
done("count, first, get")

all_pages = client.resources("Patient").search(identifier=f"{SYSTEM}|", birthdate__ge="1971").sort("-birthdate").limit(2)
born = [it["birthDate"] for it in all_pages.fetch_all() if it["identifier"][0]["value"].startswith(RUN)]
assert born == [f"19{70 + n}-03-01" for n in (4, 3, 2, 1)], born
done("fetch_all goes through the pages in order")

# get_or_create() sends its criteria in the address, as Aidbox wants them. R4 has a header for that.
criteria = {"If-None-Exist": f"identifier={SYSTEM}|{RUN}-new"}
careful = SyncFHIRClient(BASE, authorization=AUTHORIZATION, extra_headers=criteria)
made, same = (careful.resource("Patient", **person("new", "2000").serialize()) for _ in range(2))
made.save()
same.save()
assert made.id == same.id
done("a conditional create makes one")

query = client.resources("Patient").search(identifier=f"{SYSTEM}|{RUN}-new")
changed, created = query.update(person("new", "2001"))
assert not created and changed["birthDate"] == "2001", changed
done("update is a conditional update")

appointment = client.resource(
    "Appointment",
    status="booked",
    start="2026-12-02T09:00:00+01:00",
    end="2026-12-02T09:10:00+01:00",
    participant=[{"actor": made.to_reference(), "status": "accepted"}],
)
appointment.save()
bundle = client.resources("Appointment").search(patient=made.to_reference()).include("Appointment", "patient").fetch_raw()
assert [entry["search"]["mode"] for entry in bundle["entry"]] == ["match", "include"]
bundle = client.resources("Patient").search(_id=made.id).revinclude("Appointment", "patient").fetch_raw()
assert [entry["resource"]["resourceType"] for entry in bundle["entry"]] == ["Patient", "Appointment"]
done("include and revinclude")

try:
    client.resource("Patient", birthDate="2023-02-30").save()
    raise AssertionError("a day that does not exist was taken")
except OperationOutcome as refused:
    assert "birthDate" in str(refused.resource), refused
done("a refusal is an OperationOutcome that names the element")

request = {"method": "PUT", "url": f"Appointment/{appointment.id}"}
cancelled = {**appointment.serialize(), "status": "cancelled"}
entries = [{"resource": cancelled, "request": request}, {"request": {"method": "GET", "url": "Patient/" + made.id}}]
bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
answer = client.execute("", method="post", data=bundle)
assert [entry["response"]["status"][:3] for entry in answer["entry"]] == ["200", "200"], answer
done("transaction")

appointment.delete()
try:
    client.reference("Appointment", appointment.id).to_resource()
    raise AssertionError("it is still there")
except ResourceNotFound:
    pass
done("delete")
