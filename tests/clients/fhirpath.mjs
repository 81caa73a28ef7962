// The expression of every issue we tell of, evaluated by fhirpath.js: it must select the element that is wrong, or the one that
// something is missing from.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4/index.js';
import { send, step } from './steps.mjs';

const bases = JSON.parse(readFileSync(new URL('samples/bases.json', import.meta.url)));
const broken = [
  ['Patient', { gender: 'v' }, 'v'],
  ['Patient', { birthDate: '2023-02-30' }, '2023-02-30'],
  ['Patient', { name: [{ family: 'Testpersoon' }, { use: 'nobody', family: 'T.' }] }, 'nobody'],
  ['Patient', { link: [{ other: { reference: 'Patient/p-2' } }] }, undefined],
  ['Appointment', { status: 'bookd' }, 'bookd'],
  ['Appointment', { participant: [{ status: 'acepted', actor: { reference: 'Patient/p-1' } }] }, 'acepted'],
  ['Communication', { payload: [{ contentString: 'x' }, {}] }, undefined],
];

for (const [type, change, value] of broken) {
  await step(`${type} ${Object.keys(change)[0]}: the expression leads there`, async () => {
    const resource = { ...bases[type], ...change };
    const { body } = await send('POST', `/${type}/$validate`, resource);
    const errors = body.issue.filter((issue) => issue.severity === 'error');
    assert.ok(errors.length > 0);
    for (const { expression } of errors) {
      assert.equal(expression.length, 1, JSON.stringify(errors));
      const selected = fhirpath.evaluate(resource, expression[0], {}, r4);
      if (value !== undefined) {
        assert.deepEqual(selected, [value], expression[0]);
      } else {
        const parent = expression[0].replace(/\.[^.]+$/, '');
        assert.equal(fhirpath.evaluate(resource, parent, {}, r4).length, 1, parent);
      }
    }
  });
}
