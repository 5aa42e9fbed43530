import { GatewayError } from '../../errors.ts'

export const clientClosed = () => new GatewayError('client_closed', 'The client closed the connection.')
