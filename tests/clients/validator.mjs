// A hundred good and bad resources, judged by us and by the validator of Medplum. Where the two do not agree, the case names
// the heading in docs/fhir/validator-differences.md that explains why.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { send, step } from './steps.mjs';
import { wrong } from './medplum.mjs';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const bases = JSON.parse(read('samples/bases.json'));
const cases = JSON.parse(read('samples/cases.json'));
const explained = [...read('../../docs/fhir/validator-differences.md').matchAll(/^## (.+)$/gm)].map(([, it]) => it);
/** Stands for `null` in a case, where `null` takes a member away. */
const NULL = '\u0000null';

/** The base with the members of a case set or taken away. */
function made(type, changes) {
  if (changes['*']) return changes['*'];
  const resource = structuredClone(bases[type]);
  for (const [pointer, value] of Object.entries(changes)) {
    const path = pointer.slice(1).split('/');
    const last = path.pop();
    const parent = path.reduce((node, name) => node[name], resource);
    if (value === null) delete parent[last];
    else parent[last] = value === NULL ? null : value;
  }
  return resource;
}

async function ours(resource) {
  const { status, body } = await send('POST', `/${resource.resourceType}/$validate`, resource);
  assert.equal(body.resourceType, 'OperationOutcome', JSON.stringify(body));
  assert.ok([200, 400].includes(status), `status ${status}`);
  return body.issue.filter((issue) => ['error', 'fatal'].includes(issue.severity));
}

const disagreements = [];
let judged = 0;
for (const [verdict, list] of Object.entries(cases)) {
  for (const [type, name, changes, difference] of list) {
    judged += 1;
    const good = verdict === 'good';
    const resource = made(type, changes);
    const [our, their] = [await ours(resource), wrong(resource)];
    const where = `${type}, ${name}`;
    if ((our.length === 0) !== good) {
      disagreements.push(`${where}: is ${verdict}, and we say ${JSON.stringify(our)}`);
    }
    if ((their.length === 0) !== good && !difference) {
      disagreements.push(`${where}: is ${verdict}, and they say ${JSON.stringify(their)}`);
    }
    if ((their.length === 0) === good && difference) {
      disagreements.push(`${where}: we agree, so ${difference} explains nothing`);
    }
    if (difference && !explained.includes(difference)) {
      disagreements.push(`${where}: ${difference} is no heading of validator-differences.md`);
    }
  }
}

await step(`${judged} resources judged twice`, () => {
  assert.ok(judged >= 100, `only ${judged}`);
  assert.deepEqual(disagreements, []);
});
