import { GatewayError } from '../../errors.ts'
import type { Authorization } from '../../providers/authorization.ts'
import { send, type UpstreamRequest } from '../../upstream/send.ts'
import type { Attempt } from './attempt.ts'

/**
 * Sends an attempt with what its provider's authorization adds. Waits only where the authorization does, and no longer than
 * the attempt may take. Throws GatewayError `upstream_auth` when there is no authorization to be had.
 */
export async function sendAuthorized(
  request: UpstreamRequest,
  authorization: Authorization,
  attempt: Pick<Attempt, 'cut'>,
): Promise<Response> {
  const { method = 'POST', url, headers, body } = request
  const added = asked(() => authorization.headers({ method, url, headers, body }))
  // The body may stand in memory that another call uses while this one waits. The `slice` of a Buffer is no copy.
  const kept = added instanceof Promise ? new Uint8Array(body) : body
  const all = { ...headers, ...(added instanceof Promise ? await granted(added, attempt.cut) : added) }
  const response = await send({ ...request, headers: all, body: kept })
  if (response.status === 401) authorization.rejected?.()
  return response
}

function asked<Answer>(ask: () => Answer): Answer {
  try {
    return ask()
  } catch (thrown) {
    throw unauthorized(thrown)
  }
}

const granted = <Headers>(added: Promise<Headers>, cut: Promise<never>): Promise<Headers> =>
  Promise.race([
    added.catch((thrown: unknown) => {
      throw unauthorized(thrown)
    }),
    cut,
  ])

const unauthorized = (cause: unknown): GatewayError =>
  new GatewayError(
    'upstream_auth',
    'The gateway has no valid credentials for the upstream. This is for the operator to mend, not for you.',
    { headers: { 'x-should-retry': 'false' }, cause },
  )
