// The admin API. Every path here requires the master key.
import { authenticate } from '../access/authenticate.ts'
import { GatewayError } from '../errors.ts'
import type { Endpoint } from '../routing/endpoint.ts'
import { endpointActions, type EndpointAction } from '../routing/fleet/admin-actions.ts'
import { reportOf } from '../routing/fleet/report.ts'
import { OWN_PATHS } from '../schema/reserved-paths.ts'
import { json } from './responses.ts'
import type { Operator } from './own-routes.ts'
import { pathOf } from './request-facts.ts'
import type { Handler, IncomingRequest, Routes } from './server.ts'

export interface AdminOperator extends Operator {
  readonly endpoints: () => Iterable<Endpoint>
  /** Resolves to the number of endpoints with that id; 0 if there is none. */
  readonly applyAction: (action: EndpointAction) => number | Promise<number>
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
    [`${ENDPOINTS}*`]: { POST: withKey((request) => postAction(operator, request)) },
  }
}

async function postAction(operator: AdminOperator, request: IncomingRequest): Promise<Response> {
  const action = readAction(pathOf(request.url).slice(ENDPOINTS.length))
  const count = await operator.applyAction(action)
  if (count === 0)
    throw new GatewayError(
      'not_found',
      `There is no endpoint "${action.id}". GET /admin/endpoints lists all endpoints.`,
    )
  return json({ endpoints: reports(operator).filter(({ id }) => id === action.id) })
}

const reports = ({ endpoints }: AdminOperator) =>
  [...endpoints()].map((endpoint) => reportOf(endpoint, performance.now()))

/** Parses `gpu/10.0.0.1:8000/drain`. The id is raw or percent-encoded; the last slash separates it from the action. */
function readAction(rest: string): EndpointAction {
  const slash = rest.lastIndexOf('/')
  const action = endpointActions.find((each) => each === rest.slice(slash + 1))
  if (!action || slash < 1)
    throw new GatewayError('not_found', `Unknown path. Use ${ENDPOINTS}ID/${endpointActions.join('|')}.`)
  try {
    return { action, id: decodeURIComponent(rest.slice(0, slash)) }
  } catch {
    throw new GatewayError('invalid_request', 'The percent-encoding of the endpoint id is invalid.')
  }
}
