# The machine image: Amazon Linux 2023 on Graviton, as the role in ../ansible describes it.
#
#   ./mvnw package
#   packer/build
#
# There is no open port: ssh goes through Session Manager (its plugin for the AWS CLI has to be installed).

packer {
  required_version = "~> 1.16"

  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "~> 1.8.2"
    }
    ansible = {
      source  = "github.com/hashicorp/ansible"
      version = "~> 1.1.6"
    }
  }
}

# The newest image of Amazon Linux 2023 with the 6.18 kernel; AWS keeps the parameter.
data "amazon-parameterstore" "al2023" {
  region = var.region
  name   = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.18-arm64"
}

locals {
  # Each region encrypts with its own key; "" is the account's default for EBS.
  regions = distinct(concat([var.region], var.copy_to_regions))
  # With those for other regions: the plugin refuses them, before anything is made.
  kms_key_ids = merge({ for each in local.regions : each => "" }, var.kms_key_ids)

  stamp = formatdate("YYYYMMDD-hhmmss", timestamp())
  tags = {
    Name                    = "image-origin-${local.stamp}"
    "image-origin:version"  = var.version
    "image-origin:base-ami" = data.amazon-parameterstore.al2023.value
  }
}

source "amazon-ebs" "image-origin" {
  region        = var.region
  source_ami    = data.amazon-parameterstore.al2023.value
  instance_type = var.instance_type
  subnet_id     = var.subnet_id

  ami_name        = "image-origin-${local.stamp}-arm64"
  ami_description = "image-origin ${var.version} on Amazon Linux 2023 (arm64)"
  # With the region it is made in: the plugin takes keys only for regions named here.
  ami_regions  = local.regions
  deprecate_at = timeadd(timestamp(), var.deprecate_after)

  encrypt_boot       = true
  region_kms_key_ids = local.kms_key_ids
  # The plugin refuses this without keys: what the account's default key encrypts cannot be shared.
  ami_users = var.share_with

  # Version 2 of the metadata service for this machine, and for every one made from the image.
  imds_support = "v2.0"
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_size           = var.volume_size
    volume_type           = "gp3"
    encrypted             = true
    delete_on_termination = true
  }

  communicator                = "ssh"
  ssh_username                = "ec2-user"
  ssh_interface               = "session_manager"
  ssh_timeout                 = "10m"
  temporary_key_pair_type     = "ed25519"
  ssh_clear_authorized_keys   = true
  associate_public_ip_address = var.associate_public_ip_address
  # By default the plugin would let in everybody at port 22, Session Manager or not.
  temporary_security_group_source_cidrs = ["127.0.0.1/32"]

  # What the Systems Manager agent needs for a session, and nothing else; the role goes with the machine.
  temporary_iam_instance_profile_policy_document {
    Version = "2012-10-17"
    Statement {
      Effect = "Allow"
      Action = [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      # None of them knows a resource.
      Resource = ["*"]
    }
  }

  run_tags      = local.tags
  tags          = local.tags
  snapshot_tags = local.tags
}

build {
  name    = "image-origin"
  sources = ["source.amazon-ebs.image-origin"]

  provisioner "shell" {
    inline = [
      "cloud-init status --wait > /dev/null || true",
      "sudo dnf -y -q upgrade --releasever=latest",
    ]
  }

  provisioner "ansible" {
    playbook_file = "${path.root}/../ansible/site.yml"
    user          = "ec2-user"
    use_proxy     = false
    ansible_env_vars = [
      "ANSIBLE_CONFIG=${path.root}/../ansible/ansible.cfg",
    ]
    extra_arguments = [
      "--extra-vars", jsonencode({
        image_origin_jar                = abspath(var.jar)
        image_origin_started            = false
        image_origin_environment_source = "aws"
      }),
    ]
  }

  # Last, and in one go: after it nobody can log in any more. The image is made only if every assertion holds.
  provisioner "shell" {
    execute_command = "sudo bash '{{ .Path }}' && sudo /opt/image-origin/bin/check image"
    script          = "${path.root}/clean"
    skip_clean      = true
  }

  post-processors {
    post-processor "manifest" {
      output     = "${path.root}/../target/packer-manifest.json"
      strip_path = true
      custom_data = {
        version  = var.version
        base_ami = data.amazon-parameterstore.al2023.value
      }
    }

    post-processor "shell-local" {
      command = "'${path.root}/register' '${path.root}/../target/packer-manifest.json' '${var.parameter_prefix}'"
    }
  }
}
