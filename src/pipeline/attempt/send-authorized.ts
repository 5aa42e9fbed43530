import type { UpstreamResponse } from '../../upstream/http1/response.ts'
import { GatewayError } from '../../errors.ts'
import type { Authorization } from '../../providers/authorization.ts'
import { send, type UpstreamRequest } from '../../upstream/send.ts'
import type { Attempt } from './attempt.ts'

/** Headers of authorizations whose values are secret. */
const SECRET_HEADERS = ['authorization', 'x-amz-security-token', 'api-key'] as const

/**
 * Sends an attempt with the headers of its provider's authorization. Waits only if the authorization does, and no longer
 * than the attempt lasts. Throws GatewayError `upstream_auth` if the authorization fails.
 */
export async function sendAuthorized(
  request: UpstreamRequest,
  authorization: Authorization,
  attempt: Pick<Attempt, 'aborted' | 'sent'>,
): Promise<UpstreamResponse> {
  const { method = 'POST', url, headers, body } = request
  const added = withAuthError(() => authorization.headers({ method, url, headers, body: body() }))
  const authorized = added instanceof Promise ? await beforeAbort(added, attempt.aborted) : added
  attempt.sent(SECRET_HEADERS.flatMap((name) => authorized[name] ?? []))
  const all = { ...headers, ...authorized }
  const response = await send({ ...request, headers: all })
  if (response.status === 401) authorization.rejected?.()
  return response
}

function withAuthError<Result>(run: () => Result): Result {
  try {
    return run()
  } catch (thrown) {
    throw unauthorized(thrown)
  }
}

const beforeAbort = <Headers>(added: Promise<Headers>, aborted: Promise<never>): Promise<Headers> =>
  Promise.race([
    added.catch((thrown: unknown) => {
      throw unauthorized(thrown)
    }),
    aborted,
  ])

const unauthorized = (cause: unknown): GatewayError =>
  new GatewayError(
    'upstream_auth',
    'The gateway has no valid credentials for this provider. Contact the gateway operator.',
    { headers: { 'x-should-retry': 'false' }, cause },
  )
