/** How live events name the platform. */
export const donationPlatform = 'donationalerts';

/** What it is called, and where it is. */
export const donationPlaces = {
  name: 'DonationAlerts',
  site: 'https://www.donationalerts.com',
  socket: 'wss://centrifugo.donationalerts.com/connection/websocket',
} as const;
