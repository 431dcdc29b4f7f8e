// A Vendure shop for the tests: one SQLite file, two ways to pay, the plugin of docs/channels/vendure.md.
import { bootstrap, DefaultLogger, dummyPaymentHandler, LogLevel } from '@vendure/core';
import { OmsPlugin } from './oms-plugin.ts';

const { SHOP_PORT, SHOP_DATABASE, SHOP_USER, SHOP_PASSWORD } = process.env;

await bootstrap({
    apiOptions: { hostname: '127.0.0.1', port: Number(SHOP_PORT), adminApiPath: 'admin-api', shopApiPath: 'shop-api' },
    authOptions: {
        tokenMethod: 'bearer',
        requireVerification: false,
        superadminCredentials: { identifier: SHOP_USER, password: SHOP_PASSWORD },
    },
    dbConnectionOptions: { type: 'better-sqlite3', database: SHOP_DATABASE, synchronize: true, logging: false },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
    plugins: [OmsPlugin],
});
