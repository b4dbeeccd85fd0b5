# The simulator's default world. Everyone in it is made up.
#
# A rule of a policy grants access to the members of the policy's groups, on the
# servers that match every attribute of the rule's servers block.

# --- Users -------------------------------------------------------------------
# type defaults to human, status to ACTIVE, and account (the user's individual
# account on servers) to the name.

user "larry.linuxadmin" {
  email      = "larry.linuxadmin@example.com"
  first_name = "Larry"
  last_name  = "Linuxadmin"
}

user "wanda.windowsadmin" {
  email      = "wanda.windowsadmin@example.com"
  first_name = "Wanda"
  last_name  = "Windowsadmin"
}

user "dora.database" {
  email      = "dora.database@example.com"
  first_name = "Dora"
  last_name  = "Database"
}

# A name that must be percent-encoded in a path.
user "paula+pager@example.com" {
  account    = "paula.pager"
  email      = "paula+pager@example.com"
  first_name = "Paula"
  last_name  = "Pager"
}

# A name with characters outside of ASCII, which also occur in rows.
user "rené.reader" {
  account    = "rene.reader"
  email      = "rene.reader@example.com"
  first_name = "René"
  last_name  = "Reader"
}

# In no group that grants anything: an empty report.
user "neil.newcomer" {
  email      = "neil.newcomer@example.com"
  first_name = "Neil"
  last_name  = "Newcomer"
}

# Members of linux-admins like larry, but not ACTIVE: no access.
user "dana.disabled" {
  status     = "DISABLED"
  email      = "dana.disabled@example.com"
  first_name = "Dana"
  last_name  = "Disabled"
}

user "greta.gone" {
  status     = "DELETED"
  deleted_at = "2024-11-29T16:30:00Z"
  email      = "greta.gone@example.com"
  first_name = "Greta"
  last_name  = "Gone"
}

user "ci-deployer" {
  type = "service"
}

user "backup-runner" {
  type   = "service"
  status = "DISABLED"
}

# The owner of the API key.
user "terraform-reporter" {
  type = "service"
}

# --- Groups ------------------------------------------------------------------

group "staff" {
  members = [
    "larry.linuxadmin", "wanda.windowsadmin", "dora.database",
    "paula+pager@example.com", "rené.reader",
  ]
}

group "linux-admins" {
  members = ["larry.linuxadmin", "dana.disabled", "greta.gone"]
}

group "windows-admins" {
  members = ["wanda.windowsadmin"]
}

group "database-operators" {
  members = ["dora.database", "larry.linuxadmin"]
}

group "automation" {
  members = ["ci-deployer", "backup-runner"]
}

group "api-clients" {
  roles   = ["security_admin", "resource_admin"]
  members = ["terraform-reporter"]
}

group "team-owners" {
  roles   = ["pam_admin"]
  members = ["wanda.windowsadmin"]
}

# Every character that a path must encode.
group "Pikett A/B #1: 100% Zürich" {
  members = ["paula+pager@example.com", "rené.reader"]
}

group "nobody-yet" {
  members = []
}

# Deleted: it no longer grants its members anything.
group "former-contractors" {
  deleted_at = "2025-01-31T12:00:00Z"
  members    = ["neil.newcomer"]
}

# --- Servers -----------------------------------------------------------------

resource_group "commerce" {
  project "storefront" {
    server "web-01" {
      canonical_name = "web-01.storefront.example.com"
      alt_names      = ["shop.example.com", "ip-10-20-1-11"]
      access_address = "10.20.1.11"
      labels         = { role = "web", env = "production" }
    }

    server "web-02" {
      canonical_name = "web-02.storefront.example.com"
      access_address = "10.20.1.12"
      labels         = { role = "web", env = "production" }
    }

    # The hostname app-01 also occurs in warehouse.
    server "app-01" {
      canonical_name = "app-01.storefront.example.com"
      access_address = "10.20.1.21"
      labels         = { role = "app", env = "production" }
    }

    # The server with the same hostname in warehouse is deleted.
    server "cache-01" {
      access_address = "10.20.1.31"
      labels         = { role = "cache", env = "production" }
    }

    # Enrolled twice: the machine was rebuilt, so the agent of the old enrollment no
    # longer reports.
    server "db-02" {
      state          = "INACTIVE"
      os             = "Debian 11"
      canonical_name = "db-02.storefront.example.com"
      access_address = "10.20.1.41"
      labels         = { role = "db", env = "production" }
    }

    server "db-02" {
      enrollment     = 2
      canonical_name = "db-02.storefront.example.com"
      access_address = "10.20.1.42"
      labels         = { role = "db", env = "production" }
      registered_at  = "2025-02-10T14:00:00Z"
    }
  }

  project "warehouse" {
    server "app-01" {
      canonical_name = "app-01.warehouse.example.com"
      access_address = "10.20.2.21"
      labels         = { role = "app", env = "staging" }
    }

    server "cache-01" {
      access_address = "10.20.2.31"
      labels         = { role = "cache", env = "staging" }
      deleted_at     = "2024-12-06T10:00:00Z"
    }
  }
}

resource_group "platform" {
  project "observability" {
    server "metrics-01" {
      canonical_name = "metrics-01.observability.example.com"
      access_address = "10.30.1.11"
      labels         = { role = "metrics" }
    }

    # Differs from the previous hostname only in case.
    server "Metrics-01" {
      access_address = "10.30.1.12"
      labels         = { role = "metrics" }
    }
  }

  project "office" {
    server "win-01" {
      os_type        = "windows"
      canonical_name = "win-01.office.example.com"
      access_address = "10.30.2.11"
      labels         = { role = "files" }
    }
  }

  project "sandbox" {
    # A hostname that a CSV must quote.
    server "bench \"seven\", left" {
      access_address = "10.30.9.17"
    }
  }

  project "vault" {
    # Nobody has access to it: an empty report.
    server "island-01" {
      canonical_name = "island-01.vault.example.com"
      access_address = "10.30.7.11"
      labels         = { role = "vault" }
    }
  }
}

# --- Policies ----------------------------------------------------------------
# individual: privileges on the user's individual account. shared: vaulted accounts,
# which never have admin. conditions: gateway, gateway_with_session_recording,
# access_request (an approval), mfa.

policy "linux-operations" {
  groups = ["linux-admins"]

  rule "sign-in" {
    servers {
      resource_group = "commerce"
      os_type        = "linux"
    }
    individual = ["user"]
  }

  rule "elevate-on-web" {
    servers {
      labels = { role = "web" }
    }
    individual = ["admin"]
    conditions = ["mfa"]
  }

  # The finding that the demo shows: admin on a production server without MFA.
  rule "elevate-leftover" {
    servers {
      project  = "storefront"
      hostname = "web-01"
    }
    individual = ["admin"]
  }

  rule "break-glass" {
    servers {
      project = "storefront"
    }
    shared     = ["root"]
    conditions = ["gateway_with_session_recording", "access_request"]
  }
}

policy "windows-operations" {
  groups = ["windows-admins"]

  rule "elevate" {
    servers {
      os_type = "windows"
    }
    individual = ["user", "admin"]
    conditions = ["gateway", "mfa"]
  }

  rule "vaulted" {
    servers {
      os_type = "windows"
    }
    shared     = ["Administrator"]
    conditions = ["gateway_with_session_recording", "mfa"]
  }
}

policy "database-care" {
  groups = ["database-operators"]

  rule "sign-in" {
    servers {
      labels = { role = "db" }
    }
    individual = ["user"]
    conditions = ["gateway"]
  }

  rule "as-postgres" {
    servers {
      labels = { role = "db" }
    }
    shared     = ["postgres"]
    conditions = ["gateway_with_session_recording", "access_request", "mfa"]
  }
}

policy "deployments" {
  groups = ["automation"]

  rule "deploy-web" {
    servers {
      labels = { role = "web" }
    }
    individual = ["user"]
  }

  rule "deploy-app" {
    servers {
      labels = { role = "app" }
    }
    individual = ["user"]
  }
}

policy "on-call" {
  groups = ["Pikett A/B #1: 100% Zürich"]

  rule "look-around" {
    servers {
      labels = { env = "production" }
    }
    individual = ["user"]
    conditions = ["gateway"]
  }

  rule "step-in" {
    servers {
      labels = { role = "web" }
    }
    individual = ["admin"]
    conditions = ["gateway", "access_request", "mfa"]
  }

  rule "read-metrics" {
    servers {
      resource_group = "platform"
      labels         = { role = "metrics" }
    }
    individual = ["user"]
  }
}

policy "playground" {
  groups = ["staff", "former-contractors"]

  rule "try-things" {
    servers {
      project = "sandbox"
    }
    individual = ["user"]
  }
}
