import { expectedReply } from '../src/sim/expected.ts'
import type { ChatCall } from './calls.ts'
import { checkStream } from './check-stream.ts'
import { checkWhole } from './check-whole.ts'
import { type Heard, Lie, type Verdict } from './verdict.ts'

/** The truth of one answer: what should have come is known to the last token. Pure. */
export function judge({ body }: Pick<ChatCall, 'body'>, heard: Heard): Verdict {
  const expected = expectedReply(body)
  try {
    if (heard.status === 0) return { type: 'beginning' } // nothing has come
    return body['stream'] === true
      ? checkStream(expected, body['stream_options'] !== undefined, heard)
      : checkWhole(expected, heard)
  } catch (thrown) {
    if (thrown instanceof Lie) return { type: 'lie', what: thrown.message }
    throw thrown
  }
}
