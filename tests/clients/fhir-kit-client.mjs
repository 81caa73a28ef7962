// A round with fhir-kit-client: create, read, search, patch, history, transaction, delete. Every answer must please the
// validator of Medplum too.
import assert from 'node:assert/strict';
import { Client } from 'fhir-kit-client';
import { base, found, refused, step, token } from './steps.mjs';
import { wrong } from './medplum.mjs';

const client = new Client({ baseUrl: base, bearerToken: token });
const system = 'https://xis.example/patient';
const run = Date.now().toString(36);
const number = (n) => `${run}-${n}`;
let patient;

/** What was answered, if the third party finds nothing wrong with it. */
async function sound(call) {
  const answer = await call;
  assert.deepEqual(wrong(answer), [], JSON.stringify(answer).slice(0, 400));
  return answer;
}

const person = (n, birthDate) => ({
  resourceType: 'Patient',
  identifier: [{ system, value: number(n) }],
  name: [{ family: 'Testpersoon', given: [`T${n}`] }],
  birthDate,
});

await step('the CapabilityStatement says R4', async () => {
  const statement = await sound(client.capabilityStatement());
  assert.equal(statement.fhirVersion, '4.0.1');
});

await step('create, read, vread', async () => {
  patient = await sound(client.create({ resourceType: 'Patient', body: person(1, '1986-09-29') }));
  const { response } = Client.httpFor(patient);
  assert.equal(response.status, 201);
  assert.match(response.headers.get('location'), new RegExp(`/Patient/${patient.id}/_history/1$`));
  const read = await sound(client.read({ resourceType: 'Patient', id: patient.id }));
  assert.deepEqual(read, patient);
  const first = await sound(client.vread({ resourceType: 'Patient', id: patient.id, version: '1' }));
  assert.equal(first.meta.versionId, '1');
});

await step('update with If-Match, and a stale one is 412', async () => {
  const body = { ...patient, active: true };
  const options = { headers: { 'If-Match': 'W/"1"' } };
  const updated = await sound(client.update({ resourceType: 'Patient', id: patient.id, body, options }));
  assert.equal(updated.meta.versionId, '2');
  const stale = { ...body, active: false };
  const { status, outcome } = await refused(
    client.update({ resourceType: 'Patient', id: patient.id, body: stale, options }),
  );
  assert.equal(status, 412);
  assert.deepEqual(wrong(outcome), []);
});

await step('JSON Patch', async () => {
  const jsonPatch = [
    { op: 'test', path: '/active', value: true },
    { op: 'add', path: '/gender', value: 'female' },
    { op: 'replace', path: '/name/0/given/0', value: 'Tilly' },
  ];
  const options = { headers: { 'Content-Type': 'application/json-patch+json' } };
  const patched = await sound(client.patch({ resourceType: 'Patient', id: patient.id, jsonPatch, options }));
  assert.equal(patched.gender, 'female');
  assert.equal(patched.name[0].given[0], 'Tilly');
  assert.equal(patched.meta.versionId, '3');
});

await step('conditional create makes one', async () => {
  const options = { headers: { 'If-None-Exist': `identifier=${system}|${number(2)}` } };
  const body = person(2, '1990');
  const one = await client.create({ resourceType: 'Patient', body, options });
  const same = await client.create({ resourceType: 'Patient', body, options });
  assert.equal(Client.httpFor(one).response.status, 201);
  assert.equal(Client.httpFor(same).response.status, 200);
  assert.equal(one.id, same.id);
});

await step('conditional update', async () => {
  const searchParams = { identifier: `${system}|${number(2)}` };
  const body = { ...person(2, '1990-05'), active: true };
  const updated = await sound(client.update({ resourceType: 'Patient', searchParams, body }));
  assert.equal(updated.birthDate, '1990-05');
  assert.equal(updated.meta.versionId, '2');
});

await step('a transaction with references between its entries', async () => {
  const urn = 'urn:uuid:0b5b7d0e-3f5e-4b0e-8a8e-1d2f3a4b5c6d';
  const body = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: urn,
        resource: person(3, '2001-01-01'),
        request: { method: 'POST', url: 'Patient' },
      },
      ...[9, 10, 11, 12].map((hour) => ({
        resource: {
          resourceType: 'Appointment',
          status: 'booked',
          start: `2026-12-01T${String(hour).padStart(2, '0')}:00:00+01:00`,
          end: `2026-12-01T${String(hour).padStart(2, '0')}:10:00+01:00`,
          participant: [{ actor: { reference: urn }, status: 'accepted' }],
        },
        request: { method: 'POST', url: 'Appointment' },
      })),
      { request: { method: 'GET', url: `Patient?identifier=${system}|${number(3)}` } },
    ],
  };
  const answer = await sound(client.transaction({ body }));
  assert.equal(answer.type, 'transaction-response');
  assert.deepEqual(answer.entry.map((entry) => entry.response.status.slice(0, 3)), [
    ...Array(5).fill('201'),
    '200',
  ]);
  assert.equal(found(answer)[5].total, 1, 'a question in it sees what it wrote');
});

await step('a batch answers each entry for itself', async () => {
  const body = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: [
      { request: { method: 'GET', url: `Patient/${patient.id}` } },
      { request: { method: 'GET', url: 'Patient/nobody-has-this-id' } },
    ],
  };
  const answer = await sound(client.batch({ body }));
  assert.deepEqual(answer.entry.map((entry) => entry.response.status.slice(0, 3)), ['200', '404']);
});

await step('search: chain, reverse chain, include, sort, pages', async () => {
  const search = (resourceType, searchParams) => sound(client.resourceSearch({ resourceType, searchParams }));
  const chained = await search('Appointment', { 'patient.identifier': `${system}|${number(3)}` });
  assert.equal(chained.total, 4);
  const reverse = await search('Patient', { '_has:Appointment:patient:status': 'booked', identifier: `${system}|` });
  assert.ok(found(reverse).some((it) => it.identifier[0].value === number(3)));

  const reference = `Patient/${found(reverse).find((it) => it.identifier[0].value === number(3)).id}`;
  let page = await search('Appointment', { patient: reference, _sort: '-date', _count: 2, _include: 'Appointment:patient' });
  const starts = [];
  while (page) {
    const modes = page.entry.map((entry) => entry.search.mode);
    assert.deepEqual(modes, ['match', 'match', 'include']);
    starts.push(...found(page).slice(0, 2).map((it) => it.start));
    page = await client.nextPage({ bundle: page });
  }
  assert.deepEqual(starts.map((start) => Number(start.slice(11, 13))), [12, 11, 10, 9]);

  const { status } = await refused(client.resourceSearch({ resourceType: 'Patient', searchParams: { shoesize: 44 } }));
  assert.equal(status, 400, 'what is not understood is not ignored');
});

await step('search by POST keeps a number out of the address', async () => {
  const options = { postSearch: true };
  const searchParams = { identifier: `${system}|${number(1)}`, _elements: 'birthDate' };
  const answer = await sound(client.resourceSearch({ resourceType: 'Patient', searchParams, options }));
  assert.equal(answer.total, 1);
  assert.equal(found(answer)[0].name, undefined);
  assert.equal(found(answer)[0].meta.tag[0].code, 'SUBSETTED');
});

await step('compartment and $everything', async () => {
  const all = await client.resourceSearch({ resourceType: 'Patient', searchParams: { identifier: `${system}|${number(3)}` } });
  const { id } = found(all)[0];
  const compartment = { resourceType: 'Patient', id };
  const inside = await sound(client.compartmentSearch({ resourceType: 'Appointment', compartment }));
  assert.equal(inside.total, 4);
  const everything = await sound(
    client.operation({ name: 'everything', resourceType: 'Patient', id, method: 'GET' }),
  );
  assert.equal(found(everything).filter((it) => it.resourceType === 'Appointment').length, 4);
});

await step('$validate stores nothing', async () => {
  const input = { resourceType: 'Patient', birthDate: '2023-02-30' };
  const outcome = await sound(client.operation({ name: 'validate', resourceType: 'Patient', input }));
  assert.ok(outcome.issue.some((issue) => issue.severity === 'error'));
});

await step('history of one, of a type, of all', async () => {
  const one = await sound(client.resourceHistory({ resourceType: 'Patient', id: patient.id }));
  assert.deepEqual(found(one).map((it) => it.meta.versionId), ['3', '2', '1']);
  const type = await sound(client.typeHistory({ resourceType: 'Patient' }));
  assert.ok(type.entry.length >= 6);
  const all = await sound(client.systemHistory());
  assert.ok(found(all).some((it) => it.resourceType === 'Appointment'));
});

await step('delete: 410, and its versions stay', async () => {
  await client.delete({ resourceType: 'Patient', id: patient.id });
  const { status, outcome } = await refused(client.read({ resourceType: 'Patient', id: patient.id }));
  assert.equal(status, 410);
  assert.deepEqual(wrong(outcome), []);
  const before = await client.vread({ resourceType: 'Patient', id: patient.id, version: '3' });
  assert.equal(before.gender, 'female');
});
