# The simulated tenant of last quarter. make try adds reports on it, which are 90 days old.

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

  rule "root" {
    servers {
      project = "storefront"
    }
    shared     = ["root"]
    conditions = ["gateway_with_session_recording", "access_request", "mfa"]
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
}

policy "guests" {
  groups = ["guests"]

  rule "migration" {
    servers {
      project = "storefront"
    }
    individual = ["user"]
    conditions = ["mfa"]
  }
}
