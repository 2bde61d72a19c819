"""The pages of the audit trail, in the portal and in the console; `apps.audit` lies below."""
