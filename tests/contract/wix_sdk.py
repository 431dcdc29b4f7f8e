"""Wix's own library, asked what it sends for an act and what it makes of a webhook. One process of Node's for all."""

import json
from dataclasses import dataclass
from typing import Any

from tests import npm

PACKAGES = (
    "@wix/sdk@1.21.16",
    "@wix/auto_sdk_business-tools_site-properties@1.0.117",
    "@wix/auto_sdk_ecom_order-billing@1.0.110",
    "@wix/auto_sdk_ecom_order-fulfillments@1.0.65",
    "@wix/auto_sdk_ecom_order-transactions@1.0.108",
    "@wix/auto_sdk_ecom_orders@1.0.300",
    "@wix/auto_sdk_stores_catalog-versioning@1.0.81",
    "@wix/auto_sdk_stores_inventory-items-v-3@1.0.98",
    "@wix/auto_sdk_stores_inventory@1.0.81",
    "@wix/auto_sdk_stores_products@1.0.108",
    "@wix/auto_sdk_stores_products-v-3@1.0.226",
    "@wix/auto_sdk_stores_read-only-variants-v-3@1.0.139",
)

_SCRIPT = """
const {createClient, AppStrategy} = require('@wix/sdk');
const given = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const names = {
  site: 'business-tools_site-properties', billing: 'ecom_order-billing', parcels: 'ecom_order-fulfillments',
  money: 'ecom_order-transactions', orders: 'ecom_orders', version: 'stores_catalog-versioning',
  items: 'stores_inventory-items-v-3', inventory: 'stores_inventory', products: 'stores_products',
  variants: 'stores_read-only-variants-v-3', products3: 'stores_products-v-3',
};
const modules = Object.fromEntries(Object.entries(names).map(([n, p]) => [n, require('@wix/auto_sdk_' + p)]));
let sent = [];
const answer = async (url, said = {}) => {
  sent.push({method: said.method ?? 'GET', url: String(url), body: said.body ? JSON.parse(said.body) : null});
  const told = {access_token: 'token', refresh_token: 'refresh', expires_in: 100};
  return new Response(JSON.stringify(told), {status: 200});
};
globalThis.fetch = answer;
const app = auth => createClient({auth: AppStrategy({...given.app, ...auth}), fetch: answer, modules});
(async () => {
  const acts = [];
  for (const {auth, calls} of given.acts) {
    sent = [];
    const client = app(auth);
    for (const [module, name, args] of calls) {
      try { await client[module][name](...args); } catch (error) { if (!sent.length) throw error; }
    }
    acts.push(sent);
  }
  const webhooks = [];
  for (const {token, publicKey} of given.webhooks) {
    const client = createClient({auth: AppStrategy({...given.app, publicKey}), modules});
    try {
      const {eventType, instanceId, payload} = await client.webhooks.process(token);
      webhooks.push({eventType, instanceId, id: payload.id, entityId: payload.entityId});
    } catch (error) {
      webhooks.push(null);
    }
  }
  const heard = [];
  const client = createClient({auth: AppStrategy({...given.app, publicKey: given.publicKey}), modules});
  for (const [module, name] of given.handlers) {
    client[module][name](event => heard.push({name, ...event}));
  }
  for (const token of given.heard) await client.webhooks.process(token);
  console.log(JSON.stringify({acts, webhooks, heard}));
})().catch(error => { console.error(error); process.exit(1); });
"""


@dataclass(frozen=True)
class Answers:
    """What it sent for each act, what it read from each token (None: refused), what its handlers were given."""

    acts: list[list[dict[str, Any]]]
    webhooks: list[dict[str, Any] | None]
    heard: list[dict[str, Any]]


def ask(**given: Any) -> Answers:
    """`app`, `acts`, `webhooks`, `publicKey`, `handlers` and `heard`, as the script reads them."""
    said = npm.node(npm.installed("wix-1.21.16-products", *PACKAGES), _SCRIPT, json.dumps(given))
    return Answers(**json.loads(said))
