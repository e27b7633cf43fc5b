import { useQueryClient } from "@tanstack/react-query";
import { updateTelephonyConfiguration } from "@/client/sdk.gen";
import type { TelephonyConfigurationOut } from "@/client/types.gen";
import { Switch } from "@/components/ui/inputs";
import { announce } from "@/lib/announcements";
import { refresh } from "@/lib/api";
import { useMayAdminister } from "@/lib/permissions";
import { useSavedValue } from "@/lib/useSavedValue";

/** Turns a configuration on and off. */
export function EnabledSwitch({ configuration }: { configuration: TelephonyConfigurationOut }) {
  const queryClient = useQueryClient();
  const mayAdminister = useMayAdminister();
  const enabled = useSavedValue(configuration.is_enabled, async (is_enabled) => {
    await updateTelephonyConfiguration({
      path: { configuration_id: configuration.id },
      body: { is_enabled },
    });
    await refresh(queryClient, "telephony-configurations");
    announce(`${configuration.name} is ${is_enabled ? "enabled" : "disabled"}`);
  });
  return (
    <Switch
      label="Enabled"
      checked={enabled.value}
      disabled={!mayAdminister}
      title={mayAdminister ? undefined : "Only administrators switch PBXs on and off"}
      aria-busy={enabled.isSaving}
      onChange={(event) => enabled.change(event.target.checked)}
    />
  );
}
