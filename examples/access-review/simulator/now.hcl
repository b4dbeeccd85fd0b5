# The simulated tenant for make try. Compare with last-quarter.hcl.

user "larry.linuxadmin" {}
user "dora.database" {}
user "wanda.windowsadmin" {}

user "terraform-reporter" {
  type = "service"
}

group "api-clients" {
  roles   = ["security_admin", "resource_admin"]
  members = ["terraform-reporter"]
}

group "linux-admins" {
  members = ["larry.linuxadmin"]
}

group "database-operators" {
  members = ["dora.database"]
}

group "guests" {
  members = ["wanda.windowsadmin"]
}

resource_group "commerce" {
  project "storefront" {
    server "web-01" {}
    server "db-01" {}
  }
}

policy "operations" {
  groups = ["linux-admins"]

  rule "sign-in" {
    servers {
      project = "storefront"
    }
    individual = ["user"]
    conditions = ["gateway"]
  }

  # Weaker than last quarter: it required MFA.
  rule "root" {
    servers {
      project = "storefront"
    }
    shared     = ["root"]
    conditions = ["gateway_with_session_recording", "access_request"]
  }
}

policy "databases" {
  groups = ["database-operators"]

  rule "postgres" {
    servers {
      hostname = "db-01"
    }
    shared     = ["postgres"]
    conditions = ["gateway_with_session_recording", "mfa"]
  }

  # New since last quarter.
  rule "web" {
    servers {
      hostname = "web-01"
    }
    individual = ["user"]
    conditions = ["gateway"]
  }
}

policy "guests" {
  groups = ["guests"]

  rule "migration" {
    servers {
      hostname = "web-01"
    }
    individual = ["user"]
    conditions = ["mfa"]
  }
}
