import { z } from "zod";

// Schemas are compiled with `new Function` where that is allowed; the content security policy does not allow it, and
// every page would report the attempt. This module must be loaded before the first schema is made.
z.config({ jitless: true });
