import { expectedReply } from '../src/sim/expected.ts'
import type { ChaosRequest } from './requests.ts'
import { checkStream } from './check-stream.ts'
import { checkComplete } from './check-complete.ts'
import { type Received, WrongResponse, type Verdict } from './verdict.ts'

/** Compares one response with the expected one, which is known to the last token. Pure. */
export function judge({ body }: Pick<ChaosRequest, 'body'>, received: Received): Verdict {
  const expected = expectedReply(body)
  try {
    if (received.status === 0) return { type: 'incomplete' } // nothing arrived
    return body['stream'] === true
      ? checkStream(expected, body['stream_options'] !== undefined, received)
      : checkComplete(expected, received)
  } catch (thrown) {
    if (thrown instanceof WrongResponse) return { type: 'wrong', what: thrown.message }
    throw thrown
  }
}
