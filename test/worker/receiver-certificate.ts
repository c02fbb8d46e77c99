/**
 * A key and a certificate for the name `receiver.example`, good for a hundred years and for nothing but tests: fast tests
 * need nothing but Node, and Node makes no certificates. Made by `openssl req -x509 -newkey ec`.
 */
export const receiverCertificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgstfE5gTUEfdQbQGH
ydS+OdKdlEwX7gxRETGUvtoZ5FGhRANCAAQ4Dahmy4wV2toVE1oOKrb+oDRlqUpX
y9AS5ikZ4hB2sNap1sLfoiAW1w54o6BcQPFmVzmwympkG8DnbVdMkDCf
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBqjCCAVCgAwIBAgIUIaNIJn3psBP31fREQYYuYpEXNmAwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQcmVjZWl2ZXIuZXhhbXBsZTAgFw0yNjExMzAxMjIxNTZaGA8y
MTI2MTEwNjEyMjE1NlowGzEZMBcGA1UEAwwQcmVjZWl2ZXIuZXhhbXBsZTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABDgNqGbLjBXa2hUTWg4qtv6gNGWpSlfL0BLm
KRniEHaw1qnWwt+iIBbXDnijoFxA8WZXObDKamQbwOdtV0yQMJ+jcDBuMB0GA1Ud
DgQWBBR/iTtPhTUA9kxdNzhmZrKSElwbsDAfBgNVHSMEGDAWgBR/iTtPhTUA9kxd
NzhmZrKSElwbsDAPBgNVHRMBAf8EBTADAQH/MBsGA1UdEQQUMBKCEHJlY2VpdmVy
LmV4YW1wbGUwCgYIKoZIzj0EAwIDSAAwRQIgZc3PGpXO5HVBUBSLMwhPh7P6nQgf
x0sKLWRmPnfhpsYCIQDlg0paFjlO+qJXTftlh5PHAu6H2gEi9ivLBCHn5WDxgA==
-----END CERTIFICATE-----
`,
};
