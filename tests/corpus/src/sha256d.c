// SHA-256 twice over a header of 80 bytes (FIPS 180-4; the header as Bitcoin has it).
#include <stdint.h>
#include <string.h>
static const uint32_t K[64] = {0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,0x80deb1fe,0x9bdc06a7,0xc19bf174,0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,0x983e5152,0xa831c66d,0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,0x92722c85,0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2};
#define R(x,n) (((x)>>(n))|((x)<<(32-(n))))
static void block(uint32_t *s, const unsigned char *p) { uint32_t w[64],v[8]; int i;
  for (i=0;i<16;i++) w[i]=(uint32_t)p[4*i]<<24|p[4*i+1]<<16|p[4*i+2]<<8|p[4*i+3];
  for (;i<64;i++) w[i]=w[i-16]+(R(w[i-15],7)^R(w[i-15],18)^w[i-15]>>3)+w[i-7]+(R(w[i-2],17)^R(w[i-2],19)^w[i-2]>>10);
  for (i=0;i<8;i++) v[i]=s[i];
  for (i=0;i<64;i++) { uint32_t a=v[7]+(R(v[4],6)^R(v[4],11)^R(v[4],25))+((v[4]&v[5])^(~v[4]&v[6]))+K[i]+w[i];
    uint32_t b=(R(v[0],2)^R(v[0],13)^R(v[0],22))+((v[0]&v[1])^(v[0]&v[2])^(v[1]&v[2]));
    v[7]=v[6];v[6]=v[5];v[5]=v[4];v[4]=v[3]+a;v[3]=v[2];v[2]=v[1];v[1]=v[0];v[0]=a+b; }
  for (i=0;i<8;i++) s[i]+=v[i]; }
static const uint32_t IV[8]={0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19};
void sha256d(const unsigned char *in, unsigned char *out) { uint32_t s[8]; unsigned char b[128]; int i;
  for (i=0;i<8;i++) s[i]=IV[i]; memset(b,0,128); memcpy(b,in,80); b[80]=0x80; b[126]=2; b[127]=0x80; block(s,b); block(s,b+64);
  memset(b,0,64); for (i=0;i<8;i++){b[4*i]=s[i]>>24;b[4*i+1]=s[i]>>16;b[4*i+2]=s[i]>>8;b[4*i+3]=s[i];} b[32]=0x80; b[62]=1;
  for (i=0;i<8;i++) s[i]=IV[i]; block(s,b); for (i=0;i<8;i++){out[4*i]=s[i]>>24;out[4*i+1]=s[i]>>16;out[4*i+2]=s[i]>>8;out[4*i+3]=s[i];} }
