package main

import "context"

// connectDevice prints what a device shows its user, and polls until the user has answered (RFC 8628).
func (p *party) connectDevice(ctx context.Context) (any, error) {
	device, err := p.config.DeviceAuth(ctx)
	if err != nil {
		return nil, err
	}
	if err := say(map[string]string{"visit": device.VerificationURI, "userCode": device.UserCode}); err != nil {
		return nil, err
	}
	token, err := p.config.DeviceAccessToken(ctx, device)
	if err != nil {
		return nil, err
	}
	return p.useTokens(ctx, token, "")
}
