// One step of a round after the other; the first that fails ends it. What is seen goes to standard error, so that a test that
// runs a round can show it.
import assert from 'node:assert/strict';

export const base = process.env.ZORGTOLK_FHIR;
export const token = process.env.ZORGTOLK_TOKEN;

export async function step(name, act) {
  try {
    await act();
    console.error(`ok    ${name}`);
  } catch (error) {
    console.error(`FAIL  ${name}\n${error.stack ?? error}`);
    if (error.response?.data) console.error(JSON.stringify(error.response.data, null, 1));
    process.exit(1);
  }
}

/** The status a call is refused with; a call that is not refused fails the step. */
export async function refused(call) {
  try {
    await call;
  } catch (error) {
    const status = error.response?.status ?? error.status;
    if (status === undefined) throw error;
    return { status, outcome: error.response?.data ?? error.outcome };
  }
  assert.fail('it was not refused');
}

/** The resources of a Bundle. */
export const found = (bundle) => (bundle.entry ?? []).map((entry) => entry.resource);

/** A request of our own, where a client has no word for it. */
export async function send(method, path, body, headers = {}) {
  const type = headers['Content-Type'] ?? 'application/fhir+json';
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': type }), ...headers },
    body: body && (typeof body === 'string' ? body : JSON.stringify(body)),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : undefined };
}
