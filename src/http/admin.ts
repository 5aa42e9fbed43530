// What an operator may do while everything runs. Every page here wants the key.
import { authenticate } from '../access/authenticate.ts'
import { GatewayError } from '../errors.ts'
import type { Endpoint } from '../routing/endpoint.ts'
import { endpointActions, type EndpointAction } from '../routing/health/admin-actions.ts'
import { reportOf } from '../routing/health/report.ts'
import { OWN_PATHS } from '../schema/reserved-paths.ts'
import { json } from './answers.ts'
import type { Operator } from './own-routes.ts'
import { pathOf } from './request-facts.ts'
import type { Handler, Routes } from './server.ts'

export interface AdminOperator extends Operator {
  readonly endpoints: () => Iterable<Endpoint>
  /** Resolves to the number of endpoints meant; 0 when nothing is called so. */
  readonly order: (order: EndpointAction) => number | Promise<number>
}

const ENDPOINTS = `${OWN_PATHS.admin}/endpoints/`

export function adminRoutes(operator: AdminOperator): Routes {
  const withKey =
    (handler: Handler): Handler =>
    (request) => {
      authenticate(request, operator.snapshot().masterKey)
      return handler(request)
    }
  const reload: Handler = async () => {
    const result = await operator.reload()
    return json(result, result.ok ? 200 : 422)
  }
  return {
    [`${OWN_PATHS.admin}/reload`]: { POST: withKey(reload) },
    [`${OWN_PATHS.admin}/endpoints`]: { GET: withKey(() => json({ endpoints: reports(operator) })) },
    [`${ENDPOINTS}*`]: { POST: withKey((request) => order(operator, request)) },
  }
}

async function order(operator: AdminOperator, request: Request): Promise<Response> {
  const given = readOrder(pathOf(request.url).slice(ENDPOINTS.length))
  const count = await operator.order(given)
  if (count === 0)
    throw new GatewayError('not_found', `No endpoint is called "${given.id}". GET /admin/endpoints lists them.`)
  return json({ endpoints: reports(operator).filter(({ id }) => id === given.id) })
}

const reports = ({ endpoints }: AdminOperator) =>
  [...endpoints()].map((endpoint) => reportOf(endpoint, performance.now()))

/** `gpu/10.0.0.1:8000/drain`, the id raw or percent-encoded: only the last slash parts it from the action. */
function readOrder(rest: string): EndpointAction {
  const slash = rest.lastIndexOf('/')
  const action = endpointActions.find((each) => each === rest.slice(slash + 1))
  if (!action || slash < 1)
    throw new GatewayError('not_found', `Endpoints understand ${ENDPOINTS}ID/${endpointActions.join('|')}.`)
  try {
    return { action, id: decodeURIComponent(rest.slice(0, slash)) }
  } catch {
    throw new GatewayError('invalid_request', 'The id of the endpoint is not well percent-encoded.')
  }
}
