// The events that every Node.js client sends: the same people and things, so that one oracle serves all of them.

export function eventOf(client, i) {
  return {
    messageId: `${client}-${i}`,
    userId: `shopper-${i % 10}`,
    event: "Product Viewed",
    properties: { product_id: `p-${i % 7}`, price: 10 + i, not_in_the_policy: `canary-${client}-${i}` },
  };
}

// One line of JSON per event sent: what the test asks the oracle about.
export function announce({ messageId, userId, event }) {
  console.log(JSON.stringify({ messageId, userId, event }));
}

export function fail(code) {
  console.error(`not delivered: ${code}`);
  process.exitCode = 1;
}
