"""Every kind of channel under its name: what may be subscribed with. A new one is a file with a KIND, and a line here."""

from notifier.channels import apprise, webhook
from notifier.channels.kinds import EMAIL, Kind

CHANNELS: dict[str, Kind] = {kind.name: kind for kind in (EMAIL, webhook.KIND, apprise.KIND)}
