import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "codegen" / "gannet_codegen"))

from names import camel, enumerators, snake  # noqa: E402

MEMBERS = {
    "TableName": "table_name",
    "TableARN": "table_arn",
    "TableId": "table_id",
    "SSEKMSKeyId": "sse_kms_key_id",
    "SSEKMSEncryptionContext": "sse_kms_encryption_context",
    "SSECustomerKeyMD5": "sse_customer_key_md5",
    "SSES3": "sse_s3",
    "ETag": "e_tag",
    "ContentMD5": "content_md5",
    "ChecksumCRC32": "checksum_crc32",
    "ChecksumCRC32C": "checksum_crc32c",
    "ChecksumCRC64NVME": "checksum_crc64nvme",
    "ChecksumSHA256": "checksum_sha256",
    "ACL": "acl",
    "ID": "id",
    "MFADelete": "mfa_delete",
    "S3BucketOwner": "s3_bucket_owner",
    "DNSName": "dns_name",
    "CORSRules": "cors_rules",
    "ResourceARNs": "resource_arns",
    "VpcIds": "vpc_ids",
    "IPv6CidrBlock": "ipv6_cidr_block",
    "NULL": "null",
    "BOOL": "bool_",
    "NS": "ns",
    "Delete": "delete_",
    "Default": "default_",
    "Namespace": "namespace_",
    "Errno": "errno_",
    "clientRequestToken": "client_request_token",
    "xsi:type": "xsi_type",
    "x-amz-meta": "x_amz_meta",
    "GlobalTableSettingsReplicaReadCapacityAutoScalingSettings":
        "global_table_settings_replica_read_capacity_auto_scaling_settings",
    "Base64Encoded": "base64_encoded",
    "2FACode": "n2_fa_code",
}

ENUMERATIONS = {
    ("ALL_OLD", "NONE"): ["all_old", "none"],
    ("us-east-1", "EU"): ["us_east_1", "eu"],
    ("s3:ObjectCreated:*", "s3:ObjectCreated:Put"): ["s3_object_created_all", "s3_object_created_put"],
    ("aws:kms", "aws:kms:dsse"): ["aws_kms", "aws_kms_dsse"],
    ("", "1.0", "Unknown"): ["empty", "n1_0", "unknown_"],
    ("ab", "AB"): ["ab", "ab_"],
    ("delete", "new"): ["delete_", "new_"],
}


class Names(unittest.TestCase):
    def test_members_are_split_into_words(self):
        for name, expected in MEMBERS.items():
            with self.subTest(name):
                self.assertEqual(snake(name), expected)

    def test_enumerators_are_identifiers_and_distinct(self):
        for values, expected in ENUMERATIONS.items():
            with self.subTest(values):
                self.assertEqual(enumerators(values), expected)

    def test_types_begin_with_a_capital(self):
        self.assertEqual(camel("tagKeyType"), "TagKeyType")
        self.assertEqual(camel("CORSRule"), "CORSRule")


if __name__ == "__main__":
    unittest.main()
