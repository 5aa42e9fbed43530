import { readFault } from '../faults/fault.ts'
import { errorBody, SimError } from '../wire/errors.ts'
import { jsonReply, type Reply, type SimCall } from '../wire/reply.ts'
import type { Faults } from '../faults/faults.ts'

/** `GET` returns the armed faults, `POST` arms one fault or a list, `DELETE` removes all. */
export async function handleFaults(faults: Faults, call: SimCall): Promise<Reply> {
  try {
    if (call.method === 'POST') await armAll(faults, JSON.parse(await call.body()))
    else if (call.method === 'DELETE') await faults.clear()
    else if (call.method !== 'GET') return jsonReply(errorBody(405, 'Method Not Allowed'), 405)
    return jsonReply({ faults: faults.list() })
  } catch (thrown) {
    const message = thrown instanceof SimError ? thrown.message : 'The body is not JSON.'
    return jsonReply(errorBody(400, message), 400)
  }
}

/** All or none: the whole list is read before anything is armed. */
async function armAll(faults: Faults, body: unknown): Promise<void> {
  const read = (Array.isArray(body) ? body : [body]).map(readFault)
  for (const fault of read) await faults.arm(fault)
}
