"""What must be true of the templates. Each check gets all of them, by name; ../spoilings.py has changes that it must see."""

from checks import alarms, api, edge, form, gate, network, rights, service, storage, wiring

MODULES = (form, network, rights, gate, storage, api, service, edge, wiring, alarms)
CHECKS = {name: check for module in MODULES for name, check in vars(module).items()
          if name.startswith("check_") and check.__module__ == module.__name__}
